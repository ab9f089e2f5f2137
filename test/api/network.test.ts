import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type Client, newProject, useStack } from '../support/api.ts';
import { type Network, type NetworkFault, startNetwork } from '../support/network.ts';
import { pngOf } from '../support/pictures.ts';

const stack = useStack({ auth: true });

const stores = ['DYNAMODB', 'S3', 'KMS'] as const;
type Store = (typeof stores)[number];

const networks = {} as Record<Store, Network>;
const imageBase64 = pngOf(100_000).toString('base64');
let project: Client;
let image: string;
let persona: string;

beforeAll(async () => {
  for (const store of stores) {
    const variable = `AWS_ENDPOINT_URL_${store}`;
    networks[store] = await startNetwork(process.env[variable] ?? '');
    vi.stubEnv(variable, networks[store].url);
  }
  const api = stack.api.as(stack.adminKey);
  project = await newProject(api);
  persona = `/personas/${(await project.post('/personas', { name: 'Greta' })).body.id}`;
  image = `/images/${(await project.post('/images', { imageBase64, role: 'any' })).body.id}`;
});
afterEach(() => {
  for (const network of Object.values(networks)) network.disturb();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(Object.values(networks).map((network) => network.close()));
});

interface Case {
  readonly store: Store;
  readonly fault: NetworkFault;
  readonly what: string;
  call(): Promise<{ readonly status: number }>;
}

let count = 0;
const upload = () => project.post('/images', { imageBase64, role: 'any' });
const create = () => project.post('/personas', { name: `Persona ${++count}` });
const storeKey = () => project.put('/config', { llmSettings: { provider: 'openai', apiKey: `sk-${++count}` } });

const cases: readonly Case[] = [
  { store: 'DYNAMODB', fault: 'stalled answer', what: 'reading a persona', call: () => project.get(persona) },
  { store: 'DYNAMODB', fault: 'stalled answer', what: 'reading the list', call: () => project.get('/personas') },
  { store: 'DYNAMODB', fault: 'stalled answer', what: 'creating', call: create },
  { store: 'DYNAMODB', fault: 'damaged answer', what: 'reading a persona', call: () => project.get(persona) },
  { store: 'DYNAMODB', fault: 'damaged answer', what: 'creating', call: create },
  { store: 'S3', fault: 'stalled answer', what: 'reading an image', call: () => project.get(image) },
  { store: 'S3', fault: 'damaged answer', what: 'reading an image', call: () => project.get(image) },
  { store: 'S3', fault: 'damaged request', what: 'uploading', call: upload },
  { store: 'KMS', fault: 'stalled answer', what: 'encrypting a key', call: storeKey },
  { store: 'KMS', fault: 'damaged request', what: 'encrypting a key', call: storeKey },
];

it.each(cases)('retries $what after one $fault of the network to $store', async ({ store, fault, call }) => {
  networks[store].disturb(fault, 1);
  const { status } = await call();
  expect([status, networks[store].faults]).toEqual([expect.toBeOneOf([200, 201]), 1]);
});

it.each([...Map.groupBy(cases, ({ fault }) => fault)])('answers 503 if each call meets a %s', async (fault, calls) => {
  for (const { store } of calls) networks[store].disturb(fault);
  const answers = await Promise.all(calls.map(({ call }) => call()));
  expect(answers.map(({ status }) => status)).toEqual(calls.map(() => 503));
});

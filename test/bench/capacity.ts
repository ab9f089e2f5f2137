/**
 * Measures the units that DynamoDB bills for each operation, against the minimum for the same guarantees: reads see all answered writes, names
 * are unique, related items are written together, no persona keeps a deleted image, a deleted project is invisible, and no transaction has an item
 * that many callers share.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
 */
import { v7 as uuidv7 } from 'uuid';
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { startStack } from '../../lib/local/stack.ts';
import { png } from '../support/pictures.ts';
import { type Recorder, startRecorder } from '../support/recorder.ts';
import type { Row } from './row.ts';
import { connect } from './server.ts';
import { personaOf, promptOf } from './stored-personas.ts';

/** The size of a persona's item, in bytes. */
const sizes = [1_000, 3_000];
/** The part that is not its wire form: two keys of 44 B, four attribute names, and the version. */
const around = 2 * 44 + 'PKSKpersonaversion'.length + 9;
const listed = 100;
const batched = 10;

/** Dollars per million on-demand units in us-east-1, November 2026. */
const price = { read: 0.125, write: 0.625 };

const read = (bytes: number) => price.read * Math.ceil(bytes / 4096);
const written = (bytes: number) => price.write * Math.ceil(bytes / 1024);
/** Transactions are billed twice. */
const together = (...costs: readonly number[]) => 2 * sum(costs);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** The items of the project and of a name, both smaller than one unit. */
const small = 200;

interface Operation {
  readonly name: string;
  /** Creates what the operation needs, and returns its id. */
  readonly begin?: (scene: Scene) => Promise<string>;
  readonly act: (scene: Scene, id: string) => Promise<unknown>;
  /** In dollars per million. */
  readonly least: number;
}

interface Scene {
  readonly call: (
    method: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<string>;
  /** The paths of the project and of a persona. */
  readonly project: string;
  readonly persona: string;
  readonly prompt: string;
}

const newPersona = (prompt: string) => personaOf(uuidv7(), prompt);
const style = 'persona-avatar-styleguide';
const picture = { imageBase64: png().toString('base64'), role: style };
const newKey = { name: 'CI', access: 'read' };

/** A change reads persona and project, since it returns the whole persona. */
const ofPersonas = (bytes: number): readonly Operation[] => {
  const both = read(bytes) + read(small);
  const size = `${bytes / 1000} kB`;
  return [
    { name: `get a persona of ${size}`, act: ({ call, persona }) => call('GET', persona), least: both },
    {
      name: `list ${listed} personas of ${size}`,
      act: ({ call, project }) => call('GET', `${project}/personas`),
      least: read(listed * bytes) + read(small),
    },
    {
      name: `find a word in ${listed} personas of ${size}`,
      act: ({ call, project }) => call('GET', `${project}/personas?q=nobody`),
      least: read(listed * bytes) + read(small),
    },
    {
      name: `create a persona of ${size}`,
      act: ({ call, project, prompt }) => call('POST', `${project}/personas`, newPersona(prompt)),
      least: read(small) + together(written(bytes), written(small)),
    },
    {
      name: `create ${batched} personas of ${size} in a batch`,
      act: ({ call, project, prompt }) =>
        call('POST', `${project}/personas/batch`, {
          personas: Array.from({ length: batched }, () => newPersona(prompt)),
        }),
      least: read(small) + batched * together(written(bytes), written(small)),
    },
    {
      name: `duplicate a persona of ${size}`,
      act: ({ call, persona }) => call('POST', `${persona}/duplicate`),
      // It also reads the taken names.
      least: both + read(small) + together(written(bytes), written(small)),
    },
    {
      name: `update a persona of ${size}`,
      act: ({ call, persona, prompt }) => call('PUT', persona, { systemPrompt: `${prompt.slice(0, -1)}!` }),
      least: both + written(bytes),
    },
    {
      name: `rename a persona of ${size}`,
      act: ({ call, persona }) => call('PUT', persona, { name: `Persona ${uuidv7()}` }),
      least: both + together(written(bytes), written(small), written(small)),
    },
    {
      name: `delete a persona of ${size}`,
      act: ({ call, persona }) => call('DELETE', persona),
      least: both + together(written(bytes), written(small)),
    },
  ];
};

const made = (answer: string): string => JSON.parse(answer).id;
const upload = async ({ call, project }: Scene) => made(await call('POST', `${project}/images`, picture));
const one = read(small);
const pair = together(written(small), written(small));
const three = together(written(small), written(small), written(small));

/** All other items are small. */
const ofOthers: readonly Operation[] = [
  { name: 'upload an image', act: upload, least: one + pair },
  {
    name: 'get an image',
    begin: upload,
    act: ({ call, project }, id) => call('GET', `${project}/images/${id}`),
    least: one + one,
  },
  {
    name: 'list the images of a role',
    act: ({ call, project }) => call('GET', `${project}/images?role=${style}`),
    least: one + one,
  },
  {
    name: 'give a small persona another image',
    begin: upload,
    act: ({ call, persona }, imageUrl) => call('PUT', persona, { imageUrl }),
    // Persona, project and image before, and the image again after, since it may be deleted meanwhile.
    least: one + one + one + pair + one,
  },
  {
    name: 'delete an image',
    begin: upload,
    act: ({ call, project }, id) => call('DELETE', `${project}/images/${id}`),
    // The mark, then the query of its referrers.
    least: one + one + pair + one,
  },
  { name: 'list the projects', act: ({ call }) => call('GET', '/api/projects'), least: one },
  { name: 'create a project', act: ({ call }) => call('POST', '/api/projects', { name: 'Another' }), least: pair },
  { name: 'get the settings', act: ({ call, project }) => call('GET', `${project}/config`), least: one },
  {
    name: 'change the settings',
    act: ({ call, project }) => call('PUT', `${project}/config`, { maxConcurrency: 2 }),
    least: one + written(small),
  },
  {
    name: 'rename a project',
    act: ({ call, project }) => call('PUT', `${project}/config`, { name: 'Renamed' }),
    least: one + pair,
  },
  { name: 'create a key', act: ({ call, project }) => call('POST', `${project}/keys`, newKey), least: one + pair },
  { name: 'list the keys', act: ({ call, project }) => call('GET', `${project}/keys`), least: one + one },
  {
    name: 'revoke a key',
    begin: async ({ call, project }) => made(await call('POST', `${project}/keys`, newKey)),
    act: ({ call, project }, id) => call('DELETE', `${project}/keys/${id}`),
    least: one + pair,
  },
];

/** With an Idempotency-Key: its record is read first, and written in the same transaction. */
const looked = one;
const noted = together(written(small));
const oneKey = () => ({ 'Idempotency-Key': uuidv7() });
const provider = { llmSettings: { provider: 'openai', apiKey: 'sk-local-stand-in-for-openai' } };

const mayDraw = async ({ call, project }: Scene) => {
  await call('PUT', `${project}/config`, provider);
  return '';
};

/** Lease and release, quota, and the transaction of persona, image, role, portrait, and the referrers of new and old image. */
const drawing = written(small) + written(small) + together(written(small)) + 6 * together(written(small));
/** The project with the persona, before and after, and with the list of style images. */
const ofDrawing = 3 * (one + one);

const once: readonly Operation[] = [
  {
    name: 'draw a portrait',
    begin: mayDraw,
    act: ({ call, persona }) => call('POST', `${persona}/generate-image`),
    least: ofDrawing + drawing,
  },
  {
    name: 'draw a portrait, with a key',
    begin: mayDraw,
    act: ({ call, persona }) => call('POST', `${persona}/generate-image`, undefined, oneKey()),
    // The project before the key, the lease with the record, and the outcome with the portrait.
    least: one + looked + ofDrawing + drawing + written(small) + noted + noted,
  },
  {
    name: 'create a small persona, with a key',
    act: ({ call, project, prompt }) => call('POST', `${project}/personas`, newPersona(prompt), oneKey()),
    least: one + looked + pair + noted,
  },
  {
    name: 'duplicate a persona that has a portrait, with a key',
    act: ({ call, persona }) => call('POST', `${persona}/duplicate`, undefined, oneKey()),
    // The image again after, since it may be deleted meanwhile.
    least: one + looked + (one + one) + one + three + noted + one,
  },
  {
    name: 'create 2 small personas in a batch, with a key',
    act: ({ call, project, prompt }) =>
      call('POST', `${project}/personas/batch`, { personas: [newPersona(prompt), newPersona(prompt)] }, oneKey()),
    // The record alone, before and after.
    least: one + noted + 2 * pair + written(small),
  },
  {
    name: 'upload an image, with a key',
    act: ({ call, project }) => call('POST', `${project}/images`, picture, oneKey()),
    least: one + looked + pair + noted,
  },
  {
    name: 'create a project, with a key',
    act: ({ call }) => call('POST', '/api/projects', { name: 'Another' }, oneKey()),
    least: looked + pair + noted,
  },
  {
    name: 'create a key, with a key',
    act: ({ call, project }) => call('POST', `${project}/keys`, newKey, oneKey()),
    least: one + looked + pair + noted,
  },
  { name: 'delete a project', act: ({ call, project }) => call('DELETE', project), least: three },
];

export async function measure(): Promise<Row[]> {
  const engine = await startDynamoDb();
  const recorder = await startRecorder(engine.url, ({ operation, input }) => ({
    ...input,
    ...(/Item|Query/.test(operation) && { ReturnConsumedCapacity: 'TOTAL' }),
  }));
  try {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = recorder.url;
    // Without workers, whose calls are not part of an operation.
    await using stack = await started();
    using client = connect(stack.url, 10);
    const rows: Row[] = [];
    for (const size of sizes)
      rows.push(...(await costs(ofPersonas(size), await newScene(client.call, size), recorder)));
    rows.push(...(await costs([...ofOthers, ...once], await newScene(client.call, small, 1), recorder)));
    return rows;
  } finally {
    await recorder.close();
    await engine.close();
  }
}

async function started() {
  const stack = await startStack();
  return { url: stack.url, [Symbol.asyncDispose]: () => stack.close() };
}

/** A project with so many personas of at least this size. */
async function newScene(call: Scene['call'], size: number, count = listed): Promise<Scene> {
  const prompt = size > 500 ? promptOf(size - around) : 'You count.';
  const project = `/api/projects/${made(await call('POST', '/api/projects', { name: 'Capacity' }))}`;
  const personas = Array.from({ length: count }, () => call('POST', `${project}/personas`, newPersona(prompt)));
  return { call, project, persona: `${project}/personas/${made((await Promise.all(personas))[0] ?? '')}`, prompt };
}

async function costs(operations: readonly Operation[], scene: Scene, recorder: Recorder): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, begin, act, least } of operations) {
    const id = (await begin?.(scene)) ?? '';
    recorder.forget();
    await act(scene, id);
    rows.push({
      what: `${name}, a million times`,
      against: 'the least that is billed',
      unit: '$',
      value: costOf(recorder),
      baseline: least,
      goal: 1,
    });
  }
  return rows;
}

const costOf = ({ calls }: Recorder): number =>
  sum(
    calls.map(({ operation, output }) => {
      const perUnit = /^(Get|BatchGet|Query)/.test(operation) ? price.read : price.write;
      const consumed: readonly { CapacityUnits: number }[] = [output?.ConsumedCapacity ?? []].flat();
      return perUnit * sum(consumed.map(({ CapacityUnits }) => CapacityUnits));
    }),
  );

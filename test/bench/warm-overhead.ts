import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { handler as createPersona } from '../../functions/create-persona.ts';
import { handler as getPersona } from '../../functions/get-persona.ts';
import { documents } from '../../functions/storage/dynamo.ts';
import { keys } from '../../functions/storage/table.ts';
import { endpoints } from '../../lib/contract/functions.ts';
import { eventFor } from '../support/events.ts';
import { exampleIds } from '../support/examples.ts';
import type { Options, Row } from './row.ts';
import { interleaved, median } from './statistics.ts';

const { projectId, personaId } = exampleIds;

const persona = {
  id: personaId,
  name: 'Greta',
  systemPrompt: 'You are Greta, 67, a retired engineer. '.repeat(20).trim(),
  headers: { 'X-Test-User': 'greta' },
  createdAt: '2026-11-23T21:49:40.218Z',
  updatedAt: '2026-11-23T21:49:40.218Z',
};
const projectItem = { ...keys.project(projectId), name: 'Checkout bot', version: 1 };
const personaItem = { ...keys.persona(projectId, personaId), persona: JSON.stringify(persona), version: 1 };

/** A stub of the SDK client that answers at once. */
const store = {
  send: async ({ input }: { readonly input?: { readonly Key?: { readonly SK: string } } } = {}) => ({
    Responses: { personas: [projectItem, personaItem] },
    Item: input?.Key?.SK === projectItem.SK ? projectItem : personaItem,
  }),
};

type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;
type Scene = readonly [name: string, ours: Handler, bare: Handler];

const headers = { 'Content-Type': 'application/json' };

const scenes: readonly Scene[] = [
  [
    'get-persona',
    getPersona,
    async () => {
      await store.send();
      return { statusCode: 200, headers, body: personaItem.persona };
    },
  ],
  [
    'create-persona',
    createPersona,
    async ({ body }) => {
      const created = { ...JSON.parse(body ?? ''), id: personaId };
      await store.send();
      return { statusCode: 201, headers, body: JSON.stringify(created) };
    },
  ],
];

/** Measures the overhead of middleware, validation and rules, with a stubbed store. */
export async function measure({ quick }: Options): Promise<Row[]> {
  Object.assign(process.env, { TABLE_NAME: 'personas', CORS_ORIGINS: '*' });
  Object.assign(documents, store);
  try {
    const rows: Row[] = [];
    for (const scene of scenes) rows.push(await overhead(scene, quick ? 10 : 30));
    return rows;
  } finally {
    Reflect.deleteProperty(documents, 'send');
  }
}

const calls = 5_000;

async function overhead([name, ours, bare]: Scene, rounds: number): Promise<Row> {
  const endpoint = endpoints.find((row) => row.name === name);
  if (!endpoint) throw new Error(`There is no endpoint ${name}`);
  const event = eventFor(endpoint);
  const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 15_000 } as Context;
  const { statusCode, body } = await ours(event, context);
  if (statusCode >= 300) throw new Error(`${name} answered ${statusCode} ${body}`);

  const milliseconds = async (handler: Handler) => {
    const start = performance.now();
    for (let call = 0; call < calls; call++) await handler(event, context);
    return (performance.now() - start) / calls;
  };
  await milliseconds(ours); // until it is compiled
  await milliseconds(bare);
  const times = await interleaved(rounds, { ours: () => milliseconds(ours), bare: () => milliseconds(bare) });
  console.error(`  ${name}: ${median(times.ours).toFixed(4)} ms, bare ${median(times.bare).toFixed(4)} ms`);
  return {
    what: `warm overhead per call, ${name}, store stubbed`,
    against: 'bare handler',
    unit: 'ms',
    value: median(times.ours) - median(times.bare),
    goal: 0.05,
  };
}

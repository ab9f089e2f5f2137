/** Measures batches against single creates, and searches. */
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { conflicting } from '../support/contention.ts';
import { startRecorder } from '../support/recorder.ts';
import type { Options, Row } from './row.ts';
import { connect, startServer } from './server.ts';
import { interleaved, median } from './statistics.ts';
import { promptOf, temporaryDirectory } from './stored-personas.ts';

const size = 100;
const connections = 10;
const prompt = promptOf(600);

type Call = ReturnType<typeof connect>['call'];

export async function measure({ quick }: Options): Promise<Row[]> {
  const count = quick ? 300 : 1_000;
  const engine = await startDynamoDb();
  const recorder = await startRecorder(engine.url);
  recorder.intercept(conflicting());
  try {
    await using directory = await temporaryDirectory();
    const alone = await measureServer(directory.path, {}, count, '');
    await using other = await temporaryDirectory();
    const environment = { AWS_ENDPOINT_URL_DYNAMODB: recorder.url };
    return [...alone, ...(await measureServer(other.path, environment, count, ', under contention'))];
  } finally {
    await recorder.close();
    await engine.close();
  }
}

async function measureServer(directory: string, environment: Record<string, string>, count: number, where: string) {
  await using server = await startServer(directory, environment);
  using client = connect(server.url, connections);
  const { call } = client;
  const newProject = async (): Promise<string> =>
    `/api/projects/${JSON.parse(await call('POST', '/api/projects', { name: 'Batches' })).id}/personas`;

  const times = await interleaved(3, {
    batches: async () => inBatches(call, await newProject(), count),
    'one by one': async () => oneByOne(call, await newProject(), count),
  });
  const found: number[] = [];
  for (let round = 0; round < 5; round++) found.push(await madeAndFound(call, await newProject()));
  const rows: Row[] = [
    {
      what: `${count} personas in batches of ${size}, one after another${where}`,
      against: `one by one over ${connections} connections`,
      unit: 'ms',
      value: median(times.batches),
      baseline: median(times['one by one']),
      goal: 1,
    },
    {
      what: `${size} personas with three tags made by one call, and found by a tag and by a word${where}`,
      unit: 'ms',
      value: median(found),
      goal: 1_000,
    },
  ];
  return rows;
}

const personaOf = (index: number) => ({
  name: `Persona ${index}`,
  systemPrompt: prompt,
  tags: ['bench', `third ${index % 3}`, `tenth ${index % 10}`],
});

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

async function makeBatch(call: Call, personas: string, indices: readonly number[]): Promise<void> {
  const { results } = JSON.parse(await call('POST', `${personas}/batch`, { personas: indices.map(personaOf) }));
  for (const { status, error } of results) if (status !== 'created') throw new Error(error);
}

async function inBatches(call: Call, personas: string, count: number): Promise<number> {
  const start = performance.now();
  for (let from = 0; from < count; from += size) await makeBatch(call, personas, range(from, from + size));
  return performance.now() - start;
}

async function oneByOne(call: Call, personas: string, count: number): Promise<number> {
  const start = performance.now();
  const indices = range(0, count).values();
  const work = async () => {
    for (const index of indices) await call('POST', personas, personaOf(index));
  };
  await Promise.all(Array.from({ length: connections }, work));
  return performance.now() - start;
}

async function madeAndFound(call: Call, personas: string): Promise<number> {
  const start = performance.now();
  await makeBatch(call, personas, range(0, size));
  const byTags = JSON.parse(await call('GET', `${personas}?tag=bench&tag=${encodeURIComponent('tenth 7')}`));
  const byWord = JSON.parse(await call('GET', `${personas}?q=${encodeURIComponent('PERSONA 77')}&limit=10`));
  if (byTags.length !== size / 10 || byWord.length !== 1) throw new Error('Not all were found');
  return performance.now() - start;
}

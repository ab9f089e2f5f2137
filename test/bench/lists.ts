/**
 * Measures the list of a project's personas: list-personas against the simplest program with the same answer. The time of the local engine, which is
 * the larger part, is left out by caching its answers.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Persona } from '../../functions/domain/persona.ts';
import type { Item } from '../../functions/storage/dynamo.ts';
import { keys } from '../../functions/storage/table.ts';
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { identityVariables, settings } from '../../lib/local/environment.ts';
import type { Options, Row } from './row.ts';
import { connect } from './server.ts';
import { interleaved, median } from './statistics.ts';
import { promptOf, type StoredProject, storeProjects, temporaryDirectory } from './stored-personas.ts';

/** The size of a persona's wire form, in bytes. */
const sizes = [600, 3_000];
const count = 10_000;
const times = 5;

/** An attribute for each field, as a simple program would store it. */
const plainItemsOf = (projectId: string, persona: Persona): Item[] => [
  { ...keys.persona(projectId, persona.id), ...persona },
];

export async function measure({ quick }: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const bytes of sizes) rows.push(...(await measureSize(bytes, quick)));
  return rows;
}

async function measureSize(bytes: number, quick: boolean): Promise<Row[]> {
  await using resources = new AsyncDisposableStack();
  const prompt = promptOf(bytes);
  const directory = resources.use(await temporaryDirectory());
  const [few, ours, plain, many] = await storeProjects(
    directory.path,
    { count: 10, prompt },
    { count, prompt },
    { count, prompt, itemsOf: plainItemsOf },
    { count: times * count, prompt },
  );
  const engine = await startDynamoDb({ file: join(directory.path, 'dynamodb.sqlite') });
  resources.defer(() => engine.close());
  const table = resources.use(await startProcess('remembering-table.ts', [engine.url]));

  const start = (program: Program) => startListServer(program, table.url, bytes);

  const speed = await measureSpeed(start, { ours, plain }, quick ? 10 : 20);
  const memory = await measureMemory(start, { few, ours, many }, quick);
  const what = `list of ${count} personas of ${bytes} B`;
  return [
    {
      what: `${what}, whole`,
      against: 'DocumentClient, all pages, JSON.stringify',
      unit: 'ms',
      value: median(speed.ours),
      baseline: median(speed.plain),
      goal: 0.5,
    },
    {
      what: `${what}, first byte`,
      against: 'its own last byte',
      unit: 'ms',
      value: median(speed.first),
      baseline: median(speed.ours),
      goal: 0.15,
    },
    { what: `${what}, peak memory over idle`, unit: 'MB', value: median(memory.once), goal: 70 },
    {
      what: `list of ${times * count} personas of ${bytes} B, peak memory over idle`,
      against: `${times} lists of ${count} in turn`,
      unit: 'MB',
      value: median(memory.many),
      baseline: median(memory.often),
      goal: 1.1,
    },
  ];
}

type Project = StoredProject | undefined;

type Start = (program: Program) => ReturnType<typeof startListServer>;

async function measureSpeed(start: Start, { ours, plain }: Record<'ours' | 'plain', Project>, rounds: number) {
  await using endpoint = await start('endpoint');
  await using program = await start('plain');
  const first: number[] = [];
  const contenders = {
    async ours() {
      await settled();
      const { firstByte, lastByte } = await endpoint.list(ours);
      first.push(firstByte);
      return lastByte;
    },
    async plain() {
      await settled();
      return (await program.list(plain)).lastByte;
    },
  };
  await interleaved(3, contenders);
  first.length = 0;
  return { ...(await interleaved(rounds, contenders)), first };
}

/** Lets the processes from before finish their garbage collection. */
const settled = () => setTimeout(100);

/**
 * Measures the memory of new processes. Garbage grows with the total answered, so a long list is compared with the same number of personas in
 * shorter lists. Of the 110 MB for 50 000 personas of 3 kB, less than 20 are alive at any time; the rest is V8's young generation, at its limit by
 * then, and buffers that are not collected yet. Pages of 200 items instead of 500 take as much memory, and a fifth more time.
 */
async function measureMemory(
  start: Start,
  { few, ours, many }: Record<'few' | 'ours' | 'many', Project>,
  quick: boolean,
) {
  const rounds = quick ? 7 : 15;
  const longRounds = quick ? 2 : 7;
  const once: number[] = [];
  const often: number[] = [];
  const long: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await using short = await start('endpoint');
    await short.list(few);
    await short.begin();
    await short.list(ours);
    once.push(await short.peak());
    if (round >= longRounds) continue;
    for (let time = 1; time < times; time++) await short.list(ours);
    often.push(await short.peak());

    await using other = await start('endpoint');
    await other.list(few);
    await other.begin();
    await other.list(many);
    long.push(await other.peak());
  }
  return { once, often, many: long };
}

/**
 * Lambda's Node options for a function with 512 MB: a twentieth for the young generation, nine tenths for the old one. On a large machine, V8
 * would keep more garbage. https://dev.to/wonderfulsoap/deep-dive-into-aws-lambda-3-official-nodejs-runtime-analysis-43je
 */
const asInLambda = ['--max-semi-space-size=25', '--max-old-space-size=461'];

type Program = 'endpoint' | 'plain';

async function startListServer(program: Program, table: string, bytes: number) {
  const { url, ask, [Symbol.asyncDispose]: close } = await startProcess('list-server.ts', [program], table);
  const client = connect(url, 1);
  return {
    /** In milliseconds. Throws if the answer has the wrong length. */
    async list(project: Project) {
      const start = performance.now();
      const answer = await client.send('GET', `/api/projects/${project?.id}/personas`);
      let firstByte: number | undefined;
      let length = 0;
      for await (const chunk of answer) {
        firstByte ??= performance.now() - start;
        length += chunk.length;
      }
      const lastByte = performance.now() - start;
      if (length !== lengthOf(project, bytes)) throw new Error(`A list of ${length} bytes`);
      return { firstByte: firstByte ?? lastByte, lastByte };
    },
    begin: () => ask('begin'),
    peak: () => ask('peak'),
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await close();
    },
  };
}

/** The length of the answer in bytes, with brackets and commas. */
const lengthOf = (project: Project, bytes: number) => (project?.personaIds.length ?? 0) * (bytes + 1) + 1;

async function startProcess(module: string, options: readonly string[], table = '') {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), options, {
    execArgv: asInLambda,
    env: {
      ...process.env,
      ...settings,
      ...identityVariables({ accessKeyId: 'local', secretAccessKey: 'local' }),
      AWS_ENDPOINT_URL_DYNAMODB: table,
    },
  });
  const [url]: string[] = await once(child, 'message');
  if (!url) throw new Error(`${module} did not start`);
  return {
    url,
    async ask(message: string): Promise<number> {
      child.send(message);
      const [answer] = await once(child, 'message');
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

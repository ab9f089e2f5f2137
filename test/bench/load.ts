/**
 * `npm run load`: puts `npm start` under load for two minutes, with a tenth of the downloads aborted, and compares memory, errors and times at the start
 * and at the end. Fails if a call fails, or if memory keeps growing.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { pngOf } from '../support/pictures.ts';
import { connect, startServer } from './server.ts';
import { quantile } from './statistics.ts';
import { promptOf, temporaryDirectory } from './stored-personas.ts';

const usage = `Usage: npm run load -- [options], on Linux

  --seconds <number>   how long the load lasts, from 20 to 600 (default: 120)
  --help               this text`;

const connections = 10;
const prompt = promptOf(3000);
const imageSize = 1_000_000;

interface Window {
  readonly milliseconds: Map<string, number[]>;
  readonly errors: string[];
}

function readSeconds(): number | undefined {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '120' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return undefined;
  if (!/^\d+$/.test(values.seconds) || Number(values.seconds) < 20 || Number(values.seconds) > 600) {
    throw new Error('--seconds must be a number from 20 to 600.');
  }
  return Number(values.seconds);
}

type Client = ReturnType<typeof connect>;

/** The calls, in turn. */
async function operationsOf(client: Client): Promise<Readonly<Record<string, () => Promise<unknown>>>> {
  const { id } = JSON.parse(await client.call('POST', '/api/projects', { name: 'Load' }));
  const project = `/api/projects/${id}`;
  const create = async (name: string) =>
    JSON.parse(await client.call('POST', `${project}/personas`, { name, systemPrompt: prompt })).id;
  const personas: string[] = [];
  for (let number = 0; number < 100; number++) personas.push(await create(`Persona ${number}`));
  const imageBase64 = pngOf(imageSize).toString('base64');
  const image = JSON.parse(await client.call('POST', `${project}/images`, { imageBase64, role: 'load' })).id;
  let count = 0;
  return {
    'get a persona': () => client.call('GET', `${project}/personas/${personas[count++ % personas.length]}`),
    'list 100 personas': () => client.call('GET', `${project}/personas`),
    'create and delete': async () => {
      const made = await create(`Made ${count++}`);
      await client.call('DELETE', `${project}/personas/${made}`);
    },
    'get an image': () => client.call('GET', `${project}/images/${image}`),
    'break a download off': async () => {
      const answer = await client.send('GET', `${project}/images/${image}`);
      await once(answer, 'data');
      answer.destroy();
    },
  };
}

async function load(operations: Awaited<ReturnType<typeof operationsOf>>, seconds: number): Promise<Window> {
  const end = performance.now() + seconds * 1000;
  const window: Window = { milliseconds: new Map(), errors: [] };
  const names = Object.keys(operations);
  let turn = 0;
  const work = async () => {
    while (performance.now() < end) {
      const name = names[turn++ % names.length] ?? '';
      const start = performance.now();
      await operations[name]?.().catch((error: Error) => window.errors.push(error.message));
      const times = window.milliseconds.get(name) ?? [];
      times.push(performance.now() - start);
      window.milliseconds.set(name, times);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  return window;
}

/** Resident memory in MB. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

function print(title: string, { milliseconds, errors }: Window, memory: number): void {
  console.log(`\n${title}: ${memory.toFixed(0)} MB, ${errors.length} errors`);
  for (const [name, times] of milliseconds) {
    const [p50, p99] = [0.5, 0.99].map((share) => quantile(times, share).toFixed(0).padStart(6));
    console.log(`  ${name.padEnd(22)} ${String(times.length).padStart(6)} calls   p50 ${p50} ms   p99 ${p99} ms`);
  }
  for (const error of new Set(errors)) console.log(`  ${error}`);
}

/** The memory after the first sixth of the time, when everything is loaded. */
const growthLimit = 1.5;

async function main(): Promise<void> {
  const seconds = readSeconds();
  if (seconds === undefined) return console.log(usage);
  await using directory = await temporaryDirectory();
  await using server = await startServer(directory.path);
  using client = connect(server.url, connections);
  const operations = await operationsOf(client);

  const edge = seconds / 6;
  const first = await load(operations, edge);
  const before = await memoryOf(server.pid);
  print(`The first ${edge.toFixed(0)} s`, first, before);
  const middle = await load(operations, seconds - 2 * edge);
  const last = await load(operations, edge);
  const after = await memoryOf(server.pid);
  print(`The last ${edge.toFixed(0)} s`, last, after);

  const errors = [first, middle, last].reduce((sum, window) => sum + window.errors.length, 0);
  console.log(
    `\n${errors} errors in all; memory at the end is ${(after / before).toFixed(2)} of that at the beginning.`,
  );
  if (errors > 0 || after > before * growthLimit) process.exitCode = 1;
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

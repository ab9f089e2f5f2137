/** `npm run bench`: runs the measures one after another, and prints a table. They are not tests: a busy machine makes them inexact. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChart } from './chart.ts';
import { isMissed, type Row } from './row.ts';
import { printTable } from './table.ts';

/** In the order of the table; each is a module of this folder. */
const measures = [
  'bundle-size',
  'cold-start',
  'hostile-bodies',
  'warm-overhead',
  'tricks',
  'operations',
  'lists',
  'capacity',
  'batches',
  'contention',
  'throughput',
  'transfer',
  'page',
];

const usage = `Usage: npm run bench -- [options]

  --quick         fewer repeats: ends within 4 minutes on two cores
  --only <name>   this measure only; may be given several times. There are ${measures.join(', ')}
  --json <file>   where the figures go; the chart beside it (default: .bench/results.json)
  --save          into test/bench/results.json, whose chart the README shows
  --help          this text`;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: measures },
      json: { type: 'string', default: here('../../.bench/results.json') },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.only.find((name) => !measures.includes(name));
  if (unknown) throw new Error(`There is no measure "${unknown}", only ${measures.join(', ')}.`);
  if (values.save && values.quick) throw new Error('--save is for full measurements: leave --quick out.');
  return { ...values, file: values.save ? here('results.json') : values.json };
}

/** By measure, so that a repeated one only replaces its own rows. */
type Results = Record<string, { readonly machine: string; readonly quick: boolean; readonly rows: readonly Row[] }>;

async function readResults(file: string): Promise<Results> {
  return JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
}

async function writeResults(file: string, results: Results): Promise<void> {
  const ordered = Object.fromEntries(measures.flatMap((name) => (results[name] ? [[name, results[name]]] : [])));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(ordered, null, 2)}\n`);
  const charted = Object.values(ordered).map((result) => result?.rows ?? []);
  await writeFile(file.replace(/(\.json)?$/, '.svg'), drawChart(charted));
}

const processors = cpus();
const machine = `Node ${process.versions.node} on ${processors.length} × ${processors[0]?.model.trim()}`;

/** Runs a measure in its own process: a client of the functions keeps the endpoint of its first call. */
async function rowsOf(name: string, quick: boolean): Promise<Row[]> {
  const child = fork(here('measure.ts'), [name, String(quick)]);
  let rows: Row[] | undefined;
  child.once('message', (message) => {
    rows = message as Row[];
  });
  // Unlike 'exit', this comes after the last message.
  await once(child, 'disconnect');
  if (!rows) throw new Error(`The measure "${name}" failed.`);
  return rows;
}

async function main(): Promise<void> {
  const { help, quick, only, file } = readOptions();
  if (help) return console.log(usage);
  const rows: Row[] = [];
  for (const name of measures.filter((measure) => only.includes(measure))) {
    const start = performance.now();
    const measured = { machine, quick, rows: await rowsOf(name, quick) };
    rows.push(...measured.rows);
    await writeResults(file, { ...(await readResults(file)), [name]: measured });
    console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  printTable(rows);
  const missed = rows.filter(isMissed).length;
  console.log(`\n${machine}. ${missed === 0 ? 'Every goal is met' : `Goals missed: ${missed}`}. Figures: ${file}`);
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});

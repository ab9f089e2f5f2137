import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import { operations } from '../../lib/openapi/operations.ts';
import { eventFor } from '../support/events.ts';
import { bareBundles, bundles } from './bundles.ts';
import { newInstances } from './new-instances.ts';
import type { Options, Row } from './row.ts';
import { interleaved, lowerQuartile } from './statistics.ts';

/** Rows for which --quick starts fewer processes. */
const typical = ['get-persona', 'create-persona', 'update-persona', 'list-personas'];

/** Measures cold starts: from loading a bundle to its first answer, in new processes, through TLS, against the bare handler. */
export async function measure({ quick }: Options): Promise<Row[]> {
  const tableOnly = endpoints.filter(({ name, actions: { table, ...others } }) => {
    return table && Object.keys(others).length === 0 && (!quick || typical.includes(name));
  });
  const drawing = endpoints.filter(({ bundle }) => bundle.split);
  const start = await newInstances();
  try {
    const ours = await bundles();
    const bare = await bareBundles();
    const contender = (endpoint: Endpoint, status: number) => {
      const asset = ours.get(endpoint.name)?.asset ?? '';
      return [endpoint.name, () => start(asset, eventFor(endpoint), status)] as const;
    };
    const contenders = Object.fromEntries([
      ...tableOnly.map((endpoint) => contender(endpoint, operations[endpoint.name]?.answer.status ?? 200)),
      ...drawing.map((endpoint) => contender(endpoint, 400)),
    ]);
    const callsOf = new Map<string, string>();
    for (const [name, run] of Object.entries(contenders)) {
      start.takeOperations();
      await run();
      callsOf.set(name, start.takeOperations().join());
    }
    const bareRuns = [...new Set(callsOf.values())].flatMap((calls) =>
      Object.entries(bare).map(([build, asset]) => {
        const event = { ...eventFor({ name: 'bare', method: 'GET', path: '/' }), operations: calls.split(',') };
        return [`bare ${build}: ${calls}`, () => start(asset, event, 200)] as const;
      }),
    );
    const times = await interleaved(quick ? 15 : 31, {
      ...Object.fromEntries(bareRuns),
      ...contenders,
    });
    const quartiles = new Map(Object.entries(times).map(([name, values]) => [name, lowerQuartile(values)]));
    const of = (name: string) => quartiles.get(name) ?? Number.NaN;
    const besideOf = (name: string, build: string) => of(`bare ${build}: ${callsOf.get(name)}`);
    const ratioOf = (name: string) => of(name) / besideOf(name, 'good');
    for (const name of callsOf.keys()) {
      console.error(`  ${name}: ${of(name).toFixed(1)} ms, ${ratioOf(name).toFixed(3)} of ${callsOf.get(name)}`);
    }
    const slowest = tableOnly.map(({ name }) => name).toSorted((a, b) => ratioOf(b) - ratioOf(a))[0] ?? '';
    const row = (what: string, name: string, against: string, build: string, goal: number): Row => {
      return { what, against, unit: 'ms', value: of(name), baseline: besideOf(name, build), goal };
    };
    const what = `cold start of the slowest of ${tableOnly.length} endpoints: ${slowest}`;
    return [
      row(what, slowest, 'the same calls bare, same build', 'good', 1.05),
      row(what, slowest, "the same calls bare, NodejsFunction's defaults", 'default', 0.8),
      row('cold start of generate-image, first 400', 'generate-image', 'the same calls bare, same build', 'good', 1.3),
    ];
  } finally {
    await start.close();
  }
}

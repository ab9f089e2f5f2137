import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import { operations } from '../../lib/openapi/operations.ts';
import { eventFor } from '../support/events.ts';
import { bareBundles, bundles } from './bundles.ts';
import { newInstances } from './new-instances.ts';
import type { Options, Row } from './row.ts';
import { interleaved, lowerQuartile } from './statistics.ts';

/** The table-only endpoints that --quick measures. */
const typical = ['get-persona', 'create-persona', 'update-persona', 'list-personas'];

/**
 * Measures cold starts: from loading a bundle to its first answer, in new processes, through TLS. The bare handler makes the same calls as the
 * endpoint that it is compared with.
 */
export async function measure({ quick }: Options): Promise<Row[]> {
  const rounds = quick ? 15 : 31;
  const tableOnly = endpoints.filter(({ name, actions: { table, ...others } }) => {
    return table && Object.keys(others).length === 0 && (!quick || typical.includes(name));
  });
  const drawing = endpoints.filter(({ bundle }) => bundle.split);
  const start = await newInstances();
  try {
    const ours = await bundles();
    const bare = await bareBundles();
    const contendersOf = async (endpoint: Endpoint, status: number) => {
      const run = () => start(ours.get(endpoint.name)?.asset ?? '', eventFor(endpoint), status);
      start.takeCalls();
      await run();
      const calls = start.takeCalls();
      const runBare = (asset: string) => () => start(asset, { calls }, 200);
      return { name: endpoint.name, run, good: runBare(bare.good), default: runBare(bare.default) };
    };
    const contenders = [];
    for (const endpoint of tableOnly)
      contenders.push(await contendersOf(endpoint, operations[endpoint.name]?.answer.status ?? 200));
    for (const endpoint of drawing) contenders.push(await contendersOf(endpoint, 400));
    const times = await interleaved(
      rounds,
      Object.fromEntries(contenders.flatMap(({ name, run, good }) => [[name, run] as const, [`${name}, bare`, good]])),
    );
    const measured = contenders.map((contender) => {
      const value = lowerQuartile(times[contender.name] ?? []);
      const baseline = lowerQuartile(times[`${contender.name}, bare`] ?? []);
      console.error(`  ${contender.name}: ${value.toFixed(1)} ms, ${(value / baseline).toFixed(3)} of its calls bare`);
      return { ...contender, value, baseline };
    });
    const drawn = measured.splice(tableOnly.length);
    const slowest = measured.reduce((most, next) =>
      next.value / next.baseline > most.value / most.baseline ? next : most,
    );
    const beside = await interleaved(rounds, { ours: slowest.run, default: slowest.default });

    const what = `cold start of the slowest of ${tableOnly.length} endpoints: ${slowest.name}`;
    const against = 'the same calls bare, same build';
    return [
      { what, against, unit: 'ms', value: slowest.value, baseline: slowest.baseline, goal: 1.05 },
      {
        what,
        against: "the same calls bare, NodejsFunction's defaults",
        unit: 'ms',
        value: lowerQuartile(beside.ours),
        baseline: lowerQuartile(beside.default),
        goal: 0.8,
      },
      ...drawn.map(({ name, value, baseline }) => {
        return { what: `cold start of ${name}, first 400`, against, unit: 'ms', value, baseline, goal: 1.3 };
      }),
    ];
  } finally {
    await start.close();
  }
}

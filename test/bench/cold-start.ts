import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import { operations } from '../../lib/openapi/operations.ts';
import { eventFor } from '../support/events.ts';
import { bareBundles, bundles } from './bundles.ts';
import { newInstances } from './new-instances.ts';
import type { Options, Row } from './row.ts';
import { interleaved, lowerQuartile } from './statistics.ts';

/** Those of which --quick starts some processes only. */
const typical = ['get-persona', 'create-persona', 'update-persona', 'list-personas'];

/** From before a bundle is loaded until after its first answer, in fresh processes, through TLS. */
export async function measure({ quick }: Options): Promise<Row[]> {
  const tableOnly = endpoints.filter(({ name, actions: { table, ...others } }) => {
    return table && Object.keys(others).length === 0 && (!quick || typical.includes(name));
  });
  const drawing = endpoints.filter(({ bundle }) => bundle.split);
  const start = await newInstances();
  try {
    const ours = await bundles();
    const bare = await bareBundles();
    const bareEvent = eventFor({ name: 'bare', method: 'GET', path: '/' });
    const contender = (endpoint: Endpoint, status: number) => {
      const asset = ours.get(endpoint.name)?.asset ?? '';
      return [endpoint.name, () => start(asset, eventFor(endpoint), status)] as const;
    };
    const times = await interleaved(quick ? 15 : 31, {
      ...Object.fromEntries(
        Object.entries(bare).map(([name, asset]) => [`bare ${name}`, () => start(asset, bareEvent, 200)]),
      ),
      ...Object.fromEntries(
        tableOnly.map((endpoint) => contender(endpoint, operations[endpoint.name]?.answer.status ?? 200)),
      ),
      ...Object.fromEntries(drawing.map((endpoint) => contender(endpoint, 400))),
    });
    const quartiles = new Map(Object.entries(times).map(([name, values]) => [name, lowerQuartile(values)]));
    const of = (name: string) => quartiles.get(name) ?? Number.NaN;
    for (const [name, value] of quartiles) {
      console.error(`  ${name}: ${value.toFixed(1)} ms, ${(value / of('bare good')).toFixed(3)}`);
    }
    const slowest = tableOnly.map(({ name }) => name).toSorted((a, b) => of(b) - of(a))[0] ?? '';
    const row = (what: string, name: string, against: string, beside: string, goal: number): Row => {
      return { what, against, unit: 'ms', value: of(name), baseline: of(beside), goal };
    };
    const what = `cold start of the slowest of ${tableOnly.length} endpoints: ${slowest}`;
    return [
      row(what, slowest, 'bare handler, same build', 'bare good', 1.1),
      row(what, slowest, "bare handler, NodejsFunction's defaults", 'bare default', 0.8),
      row('cold start of generate-image, first 400', 'generate-image', 'bare handler, same build', 'bare good', 1.3),
    ];
  } finally {
    await start.close();
  }
}

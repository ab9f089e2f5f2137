import { functions } from '../../lib/contract/functions.ts';
import { sizeOf } from '../support/bundles.ts';
import { bundles } from './bundles.ts';
import type { Row } from './row.ts';

/** Measures the largest bundle of each budget. */
export async function measure(): Promise<Row[]> {
  const made = await bundles();
  const sized = functions.map((row) => {
    const bundle = made.get(row.name);
    if (!bundle) throw new Error(`There is no bundle of ${row.name}`);
    return { name: row.name, size: sizeOf(bundle), budget: row.bundle.budget };
  });
  const groups = Map.groupBy(sized, ({ budget }) => budget);
  return [...groups].map(([budget, bundles]) => {
    const [largest] = bundles.toSorted((a, b) => b.size - a.size);
    return {
      what:
        bundles.length > 1
          ? `largest of ${bundles.length} bundles, ${largest?.name}`
          : `${largest?.name}, without what is loaded when needed`,
      against: 'budget',
      unit: 'kB',
      value: largest?.size ?? 0,
      baseline: budget,
      goal: 1,
    };
  });
}

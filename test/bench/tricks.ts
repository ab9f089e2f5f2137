import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { endpoints } from '../../lib/contract/functions.ts';
import { bundleSettings, eventStreams, providers } from '../../lib/stack/bundle-settings.ts';
import { eventFor } from '../support/events.ts';
import { temporaryDirectory } from './bundles.ts';
import { newInstances } from './new-instances.ts';
import type { Options, Row } from './row.ts';
import { interleaved, lowerQuartile } from './statistics.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const name = 'get-persona';
const asDeployed: BuildOptions = { entryPoints: [file(`../../functions/${name}.ts`)], ...bundleSettings(false) };

interface Trick {
  /** The bundle with and without the trick. */
  readonly on: BuildOptions;
  readonly off: BuildOptions;
  readonly kept: boolean;
}

const tricks: Readonly<Record<string, Trick>> = {
  "the SDK's other providers of credentials left out": {
    on: asDeployed,
    off: { ...asDeployed, external: [eventStreams] },
    kept: true,
  },
  'event streams left out': { on: asDeployed, off: { ...asDeployed, external: providers }, kept: true },
  'zod/mini': {
    on: asDeployed,
    off: { ...asDeployed, alias: { 'zod/mini': file('tricks/zod-whole.ts') } },
    kept: true,
  },
  'a first round trip during initialisation (not used)': {
    on: { ...asDeployed, entryPoints: [file('tricks/first-round-trip.ts')] },
    off: asDeployed,
    kept: false,
  },
};

/** Measures what each trick saves of a cold start of get-persona. */
export async function measure({ quick }: Options): Promise<Row[]> {
  const endpoint = endpoints.find((row) => row.name === name);
  if (!endpoint) throw new Error(`There is no endpoint ${name}`);
  const start = await newInstances();
  const directory = await temporaryDirectory();
  let made = 0;
  const bundled = (options: BuildOptions) => {
    const asset = join(directory, String(made++));
    const outfile = join(asset, 'index.js');
    buildSync({ ...options, bundle: true, platform: 'node', format: 'cjs', outfile });
    return () => start(asset, eventFor(endpoint), 200);
  };
  try {
    const variants = Object.entries(tricks).flatMap(([trick, { on, off }]) => [
      [`${trick}: on`, bundled(on)] as const,
      [`${trick}: off`, bundled(off)] as const,
    ]);
    const times: Record<string, number[]> = await interleaved(quick ? 9 : 31, Object.fromEntries(variants));
    return Object.entries(tricks).map(([trick, { kept }]) => ({
      what: `cold start of ${name}, ${trick}`,
      against: 'without',
      unit: 'ms',
      value: lowerQuartile(times[`${trick}: on`] ?? []),
      baseline: lowerQuartile(times[`${trick}: off`] ?? []),
      // A trick has to save at least 5 %.
      ...(kept && { goal: 0.95 }),
    }));
  } finally {
    await start.close();
  }
}

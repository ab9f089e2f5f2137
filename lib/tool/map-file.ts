/** How an import went so far: which old ids became which new ones. An import that was interrupted goes on from it. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { UsageError } from './exit-status.ts';

export interface ImportState {
  /** Of this import, in its idempotency keys. */
  readonly run: string;
  /** The address of the service. */
  readonly target: string;
  readonly startedAt: string;
  finishedAt?: string;
  /** New ids by old ones. */
  readonly projects: Record<string, string>;
  readonly images: Record<string, string>;
  readonly personas: Record<string, string>;
}

/** The state in a file, or a new one. Refuses what has another target, or is finished. */
export async function openState(path: string, target: string): Promise<ImportState> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (text === undefined) {
    return { run: randomUUID(), target, startedAt: new Date().toISOString(), projects: {}, images: {}, personas: {} };
  }
  const state = parseState(path, text);
  if (state.finishedAt) {
    throw new UsageError(
      `${path} says that this was imported at ${state.finishedAt}. To import it again, give another --map.`,
    );
  }
  if (state.target !== target) {
    throw new UsageError(`${path} is of an import into ${state.target}. Give another --map.`);
  }
  return state;
}

function parseState(path: string, text: string): ImportState {
  try {
    const state: ImportState = JSON.parse(text);
    if (state.run && state.projects && state.images && state.personas) return state;
  } catch {
    // Told below.
  }
  throw new UsageError(`${path} is there, and is no map of an import. Give another --map.`);
}

/** Never leaves half a file. */
export async function saveState(path: string, state: ImportState): Promise<void> {
  await writeFile(`${path}.part`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

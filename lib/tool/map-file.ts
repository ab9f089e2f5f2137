/** The state of an import: which old ids became which new ones. An interrupted import continues from it. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { UsageError } from './exit-status.ts';

export interface ImportState {
  /** The id of the import, for its idempotency keys. */
  readonly run: string;
  /** The address of the service. */
  readonly target: string;
  readonly startedAt: string;
  finishedAt?: string;
  /** New ids by old ids. */
  readonly projects: Record<string, string>;
  readonly images: Record<string, string>;
  readonly personas: Record<string, string>;
}

/** Reads the state from a file, or starts a new one. Throws if it has another target, or is finished. */
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
      `${path} says that this import was finished at ${state.finishedAt}. To import again, use another --map.`,
    );
  }
  if (state.target !== target) {
    throw new UsageError(`${path} belongs to an import into ${state.target}. Use another --map.`);
  }
  return state;
}

function parseState(path: string, text: string): ImportState {
  try {
    const state: ImportState = JSON.parse(text);
    if (state.run && state.projects && state.images && state.personas) return state;
  } catch {
    // Reported below.
  }
  throw new UsageError(`${path} exists, but is not the map of an import. Use another --map.`);
}

/** Writes the file atomically. */
export async function saveState(path: string, state: ImportState): Promise<void> {
  await writeFile(`${path}.part`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

/** Imports the personas of a file into a project. */
import { batchesOf } from '../../formats/batches.ts';
import { toBase64 } from '../../formats/bytes.ts';
import type { SourceImage, SourcePersona, SourceProject } from '../../formats/contents.ts';
import { type Answer, api, type BatchResult, call, once, pause } from './api.ts';
import { CallFailure } from './call-failure.ts';

export type OnConflict = 'skip' | 'rename' | 'replace';

/** The results of a dry run. */
export async function tryImport(
  projectId: string,
  personas: readonly SourcePersona[],
  onConflict: OnConflict,
): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for (const batch of batchesOf(personas)) results.push(...(await postBatch(projectId, batch, onConflict, true)));
  return results;
}

export interface Outcome {
  /** In the order of the personas, as far as they were processed. */
  readonly results: BatchResult[];
  /** Messages about images that the service refused. */
  readonly refused: string[];
}

/** `step` is called with the progress. If the signal aborts it, it throws; the outcome then has the results so far. */
export async function importProject(
  projectId: string,
  { personas, images }: SourceProject,
  onConflict: OnConflict,
  outcome: Outcome,
  step: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const stored = new Map<string, string>();
  for (const image of images) {
    signal.throwIfAborted();
    try {
      stored.set(image.id, await storeImage(projectId, image));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      outcome.refused.push(`${image.id}: ${error.message}`);
    }
    step(stored.size + outcome.refused.length);
  }
  for (const batch of batchesOf(personas)) {
    signal.throwIfAborted();
    const results = await postBatch(projectId, batch, onConflict, false);
    for (const [index, { status, id }] of results.entries()) {
      const imageUrl = stored.get(batch[index]?.portrait ?? '');
      if (imageUrl && id && status !== 'skipped') await putPortrait(projectId, id, imageUrl);
    }
    outcome.results.push(...results);
    step(images.length + outcome.results.length);
  }
}

const isRefusal = (error: unknown): error is CallFailure =>
  error instanceof CallFailure && [400, 413].includes(error.status);

async function storeImage(projectId: string, { id, role, load }: SourceImage): Promise<string> {
  const body = { imageBase64: toBase64(await load()), role, filename: id.slice(-255) };
  const params = { path: { projectId } };
  const headers = once();
  const { data } = await again(() => call(api.POST('/api/projects/{projectId}/images', { params, body, headers })));
  return data.id;
}

async function postBatch(projectId: string, batch: SourcePersona[], onConflict: OnConflict, dryRun: boolean) {
  const body = { personas: batch.map(({ fields }) => fields), onConflict, dryRun };
  const params = { path: { projectId } };
  const headers = once();
  const path = '/api/projects/{projectId}/personas/batch';
  for (let attempt = 1; ; attempt++) {
    const { data } = await again(() => call(api.POST(path, { params, body, headers })));
    // With the same Idempotency-Key, the answer has the earlier results.
    const isBusy = data.results.some(({ code }) => code === 'storage_unavailable');
    if (!isBusy || attempt === attempts) return data.results;
    await pause(attempt);
  }
}

async function putPortrait(projectId: string, personaId: string, imageUrl: string): Promise<void> {
  const params = { path: { projectId, personaId } };
  const body = { imageUrl };
  await again(() => call(api.PUT('/api/projects/{projectId}/personas/{personaId}', { params, body })));
}

const attempts = 6;

/** Repeats a call without an answer, or after 429 and 503; with the same Idempotency-Key, a POST is carried out once. */
async function again<Data>(ask: () => Promise<Answer<Data>>): Promise<Answer<Data>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const putOff =
        error instanceof CallFailure &&
        ([0, 429, 503].includes(error.status) || error.code === 'idempotency_in_progress');
      if (!putOff || attempt === attempts) throw error;
      await pause((2 ** attempt / 4) * (1 + Math.random()));
    }
  }
}

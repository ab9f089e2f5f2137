/** Imports the projects of a source. An interrupted import continues when it is run again. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleRole } from '../../functions/domain/image-role.ts';
import { batchesOf } from '../../functions/formats/batches.ts';
import { toBase64 } from '../../functions/formats/bytes.ts';
import type { SourceImage, SourcePersona, SourceProject, SourceSettings } from '../../functions/formats/contents.ts';
import { type Api, CallFailed, isRefusal } from './api.ts';
import { inParallel } from './in-parallel.ts';
import { type ImportState, saveState } from './map-file.ts';
import { note, showProgress } from './output.ts';
import { ignoreNotFound } from './personas.ts';

type LlmSettings = NonNullable<SourceSettings['llmSettings']>;

export type OnConflict = 'fail' | 'skip' | 'rename' | 'replace';

export interface Import {
  readonly api: Api;
  readonly state: ImportState;
  readonly mapFile: string;
  readonly onConflict: OnConflict;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The provider key for a new project. */
  readonly providerKey: (settings: LlmSettings) => string | undefined;
}

/** The counts of an import. */
export interface Tally {
  images: number;
  created: number;
  replaced: number;
  skipped: number;
  portraits: number;
  /** Each of them was reported. */
  refused: number;
}

export const emptyTally = (): Tally => ({ images: 0, created: 0, replaced: 0, skipped: 0, portraits: 0, refused: 0 });

/** Sends a POST whose Idempotency-Key depends on the import and the body, so that a later run gets the answer of the first one. */
const post = <Answer>({ state }: Import, api: Api, path: string, body: object): Promise<Answer> => {
  const hash = createHash('sha256')
    .update(api.url + path)
    .update(JSON.stringify(body))
    .digest('hex');
  return api.json('POST', path, { body, idempotencyKey: `${state.run}-${hash}`, timeoutMs: 120_000 });
};

/** The target for a project of the source: a new project with its settings, or the one that an earlier run of this import created. */
export async function importProject(run: Import, source: SourceProject): Promise<Api> {
  const { api, state } = run;
  const { name = '', id: old = name } = source;
  if (!state.projects[old]) {
    const { id } = await post<{ id: string }>(run, api, '/projects', { name });
    await configure(run, api.below(`/projects/${id}`), source);
    state.projects[old] = id;
    await saveState(run.mapFile, state);
  }
  return api.below(`/projects/${state.projects[old]}`);
}

async function configure({ providerKey }: Import, project: Api, source: SourceProject): Promise<void> {
  const { llmSettings, ...limits } = source.settings ?? {};
  const apiKey = llmSettings && providerKey(llmSettings);
  if (llmSettings && !apiKey) {
    note(
      `${source.name}: Its provider, ${llmSettings.provider}, is left out, since its key is not at hand (--help says how to give it).`,
    );
  }
  const body = { ...limits, ...(llmSettings && apiKey && { llmSettings: { ...llmSettings, apiKey } }) };
  if (Object.keys(body).length === 0) return;
  await project.json('PUT', '/config', { body }).catch((error) => {
    if (!isRefusal(error)) throw error;
    note(`${source.name}: The settings are left out: ${error.message}`);
  });
}

const atOnce = 4;
/** The map file is saved after so many images. */
const imagesPerSave = 50;

export async function importImages(run: Import, project: Api, { images }: SourceProject, tally: Tally): Promise<void> {
  const missing = images.filter(({ id }) => !run.state.images[id]);
  const progress = showProgress('images  ', missing.length);
  const bring = async (some: readonly SourceImage[], atOnce: number) => {
    for (let at = 0; at < some.length; at += imagesPerSave) {
      try {
        await inParallel(atOnce, some.slice(at, at + imagesPerSave), async (image) => {
          await importImage(run, project, image, tally);
          progress.step();
        });
      } finally {
        await saveState(run.mapFile, run.state);
      }
    }
  };
  const isStyle = ({ role }: SourceImage) => role === styleRole;
  try {
    // In order, since a drawing uses the newest ones.
    await bring(missing.filter(isStyle), 1);
    await bring(
      missing.filter((image) => !isStyle(image)),
      atOnce,
    );
  } finally {
    progress.stop();
  }
}

async function importImage(run: Import, project: Api, { id, role, load }: SourceImage, tally: Tally): Promise<void> {
  const body = { imageBase64: toBase64(await load()), role, filename: id.slice(-255) };
  try {
    run.state.images[id] = (await post<{ id: string }>(run, project, '/images', body)).id;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    note(`image ${id}: ${error.message}`);
    tally.refused += 1;
    return;
  }
  tally.images += 1;
}

export interface BatchResult {
  readonly status: 'created' | 'replaced' | 'skipped' | 'failed';
  readonly id?: string;
  readonly name: string;
  readonly error?: string;
  readonly code?: string;
}

/** Call it after `importImages`. Each run splits the batches in the same way, so that one whose answer was lost is repeated unchanged. */
export async function importPersonas(run: Import, project: Api, source: SourceProject, tally: Tally): Promise<void> {
  const { state, mapFile } = run;
  const progress = showProgress('personas', source.personas.length);
  try {
    for (const batch of batchesOf(source.personas)) {
      const missing = batch.filter(({ id }) => !state.personas[id]);
      if (missing.length > 0) {
        const made = await importBatch(run, project, missing, tally);
        const written = made.filter(({ status }) => status !== 'skipped');
        await inParallel(atOnce, written, ({ persona, id }) => attachPortrait(run, project, persona, id, tally));
        // Saved after the portraits: a batch that is not in the map is sent again, and its portraits are set again.
        for (const { persona, id } of made) state.personas[persona.id] = id;
        await saveState(mapFile, state);
      }
      progress.step(batch.length);
    }
  } finally {
    progress.stop();
  }
}

interface Made {
  readonly persona: SourcePersona;
  readonly id: string;
  readonly status: BatchResult['status'];
}

/** Sends a batch. Returns the entries that are now stored. */
async function importBatch(run: Import, project: Api, batch: SourcePersona[], tally: Tally): Promise<Made[]> {
  const results = await resultsOf(run, project, batch);
  return batch.flatMap((persona, index) => {
    const { status, id, error } = results[index] ?? { status: 'failed' };
    if (status === 'failed') refuse(tally, persona, error);
    else tally[status] += 1;
    return status !== 'failed' && id ? [{ persona, id, status }] : [];
  });
}

const batchAttempts = 6;

/** Repeats a batch while the service had no time for all entries. With the same key, the answer has the earlier results. */
async function resultsOf(run: Import, project: Api, batch: SourcePersona[]): Promise<BatchResult[]> {
  const body = { personas: batch.map(({ fields }) => fields), onConflict: run.onConflict };
  for (let attempt = 1; ; attempt++) {
    const { results } = await post<{ results: BatchResult[] }>(run, project, '/personas/batch', body);
    const busy = results.find(({ code }) => code === 'storage_unavailable');
    if (!busy) return results;
    if (attempt === batchAttempts) throw new CallFailed(`${busy.error} The same command goes on.`, {});
    await sleep(attempt * 1_000, undefined, { signal: run.signal });
  }
}

function refuse(tally: Tally, { at, fields }: SourcePersona, error = 'no answer'): void {
  note(`${at ? `${at}, ` : ''}${fields.name}: ${error}`);
  tally.refused += 1;
}

async function attachPortrait({ state }: Import, project: Api, persona: SourcePersona, id: string, tally: Tally) {
  const imageUrl = persona.portrait && state.images[persona.portrait];
  if (!imageUrl) return;
  const given = await project.send('PUT', `/personas/${id}`, { body: { imageUrl } }).catch(ignoreNotFound);
  if (given) tally.portraits += 1;
}

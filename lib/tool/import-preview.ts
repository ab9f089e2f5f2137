/** Shows what an import would do. */
import { batchesOf } from '../../functions/formats/batches.ts';
import type { Contents, SourcePersona, SourceProject } from '../../functions/formats/contents.ts';
import type { Api } from './api.ts';
import { exitStatus } from './exit-status.ts';
import type { BatchResult, OnConflict } from './import.ts';
import { counted, print, printJson } from './output.ts';

/** `target`: the project to import into; without one, each project of the source becomes a new one. Returns the exit status. */
export async function previewImport(
  projects: readonly SourceProject[],
  target: Api | undefined,
  onConflict: OnConflict,
  { warnings }: Contents,
  json: boolean,
): Promise<number> {
  const previews = [];
  for (const { name = '', personas, images } of projects) {
    const results = target ? await tryBatches(target, personas, onConflict) : [];
    previews.push({ project: name, personas: personas.length, images: images.length, results });
  }
  if (json) printJson({ projects: previews, warnings });
  else for (const preview of previews) printPreview(preview, Boolean(target));
  const fails = previews.some(({ results }) => results.some(({ status }) => status === 'failed'));
  return fails || warnings.length > 0 ? exitStatus.partly : exitStatus.done;
}

async function tryBatches(target: Api, personas: readonly SourcePersona[], onConflict: OnConflict) {
  const all: BatchResult[] = [];
  for (const batch of batchesOf(personas)) {
    const body = { personas: batch.map(({ fields }) => fields), onConflict, dryRun: true };
    all.push(...(await target.json<{ results: BatchResult[] }>('POST', '/personas/batch', { body })).results);
  }
  return all;
}

interface Preview {
  readonly project: string;
  readonly personas: number;
  readonly images: number;
  readonly results: readonly BatchResult[];
}

function printPreview({ project, personas, images, results }: Preview, intoOne: boolean): void {
  const where = intoOne ? '' : ` in a new project "${project}"`;
  print(`${counted(personas, 'persona')} and ${counted(images, 'image')}${where}.`);
  for (const { status, name, error } of results) print(`${status.padEnd(8)}  ${name}${error ? `: ${error}` : ''}`);
}

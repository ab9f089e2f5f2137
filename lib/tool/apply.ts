/** Applies changes, each with the ETag of the version that was read for it. */
import type { Persona } from '../../functions/domain/persona.ts';
import { toBase64 } from '../../functions/formats/bytes.ts';
import type { SourcePersona, SourceProject } from '../../functions/formats/contents.ts';
import { type Api, CallFailed } from './api.ts';
import { type Change, type Difference, differencesOf } from './changes.ts';
import { personaAndTag } from './personas.ts';

/** After so many concurrent changes of a persona, it gives up. */
const attempts = 5;

export async function applyChange(project: Api, source: SourceProject, change: Change): Promise<void> {
  if (change.kind === 'create') return create(project, source, change.wanted);
  for (let attempt = 1; ; attempt++) {
    try {
      if (change.kind === 'delete') return await remove(project, change.persona.id);
      return await update(project, source, change.wanted, change.persona.id);
    } catch (error) {
      const hasConflict = error instanceof CallFailed && error.status === 412;
      if (!hasConflict || attempt === attempts) throw error;
    }
  }
}

async function create(project: Api, source: SourceProject, wanted: SourcePersona): Promise<void> {
  const { id } = await project.json<Persona>('POST', '/personas', { body: wanted.fields });
  if (!wanted.portrait) return;
  const body = { imageUrl: await upload(project, source, wanted.portrait) };
  await project.send('PUT', `/personas/${id}`, { body });
}

async function update(project: Api, source: SourceProject, wanted: SourcePersona, id: string): Promise<void> {
  const found = await personaAndTag(project, id);
  if (!found) return create(project, source, wanted);
  const differences = await differencesOf(project, source, wanted, found.persona);
  const body: Record<string, unknown> = Object.fromEntries(
    differences.filter(isField).map(({ field, to = null }) => [field, to]),
  );
  if (wanted.portrait && differences.some(({ field }) => field === 'portrait')) {
    body.imageUrl = await upload(project, source, wanted.portrait);
  }
  if (Object.keys(body).length > 0) await project.send('PUT', `/personas/${id}`, { body, ifMatch: found.tag });
}

const isField = ({ field }: Difference) => field !== 'portrait';

async function remove(project: Api, id: string): Promise<void> {
  const found = await personaAndTag(project, id);
  if (found) await project.send('DELETE', `/personas/${id}`, { ifMatch: found.tag });
}

async function upload(project: Api, { images }: SourceProject, portrait: string): Promise<string | undefined> {
  const image = images.find(({ id }) => id === portrait);
  if (!image) return undefined;
  const body = { imageBase64: toBase64(await image.load()), role: image.role, filename: image.id.slice(-255) };
  return (await project.json<{ id: string }>('POST', '/images', { body })).id;
}

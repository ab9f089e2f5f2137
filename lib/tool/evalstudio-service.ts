/** Reads a running EvalStudio over HTTP: it has the same API, but needs no key and does not page lists. */
import { portraitRole, styleRole } from '../../functions/domain/image-role.ts';
import { type Contents, collector, combine, isObject, textOf } from '../../functions/formats/contents.ts';
import { personaEntries } from '../../functions/formats/evalstudio.ts';
import { settingsFrom } from '../../functions/formats/settings.ts';
import { type Api, connect } from './api.ts';

interface Project {
  readonly id: string;
  readonly name: string;
}

export async function readService(url: string, signal: AbortSignal): Promise<Contents> {
  const api = connect({ url: `${url.replace(/\/+$/, '')}/api`, key: undefined, signal });
  const parts: Contents[] = [];
  for (const project of await api.json<Project[]>('GET', '/projects')) {
    parts.push(await readProject(api.below(`/projects/${project.id}`), project));
  }
  return combine(parts);
}

/** Finds images by the two known roles, and as portraits. Their bytes are fetched when they are loaded. */
async function readProject(project: Api, { id, name }: Project): Promise<Contents> {
  const config = await project.json<unknown>('GET', '/config');
  const entries = personaEntries(await project.json<unknown>('GET', '/personas'));
  // Keys are masked.
  const settings = settingsFrom(isObject(config) ? config : {}, { withKey: false });
  const { addImage, addPersona, contents } = collector(name, { id, name, settings });

  const add = (image: string, role: string) =>
    addImage({ id: image, role, load: () => project.bytes(`/images/${image}`) });
  for (const [, { imageUrl }] of entries) if (textOf(imageUrl)) add(String(imageUrl), portraitRole);
  for (const role of [portraitRole, styleRole]) {
    const { ids } = await project.json<{ ids: string[] }>('GET', `/images?role=${role}`);
    for (const image of ids) add(image, role);
  }
  for (const [place, entry] of entries) addPersona(place, entry);
  return contents();
}

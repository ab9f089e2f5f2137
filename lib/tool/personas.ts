/** Finds personas by id or name. */
import type { Persona } from '../../functions/domain/persona.ts';
import { type Api, CallFailed } from './api.ts';
import { UsageError } from './exit-status.ts';

/** The pages in which lists are read: few requests, but not too much memory. */
export const personaPages = '/personas?limit=500';

export async function allPersonas(project: Api, query = ''): Promise<Persona[]> {
  const personas: Persona[] = [];
  for await (const part of project.pages<Persona>(`${personaPages}${query}`)) personas.push(...part);
  return personas;
}

/** The given personas, in order. Throws if one does not exist. */
export async function personasNamed(project: Api, named: readonly string[]): Promise<Pick<Persona, 'id' | 'name'>[]> {
  const personas = await allPersonas(project, '&fields=id,name');
  const byName = new Map(
    personas.flatMap((persona) => [
      [persona.name, persona],
      [persona.id, persona],
    ]),
  );
  return named.map((name) => {
    const persona = byName.get(name.trim().normalize('NFC')) ?? byName.get(name.toLowerCase());
    if (!persona) throw new UsageError(`No persona is called "${name}".`);
    return persona;
  });
}

export async function personaNamed(project: Api, name: string): Promise<Persona> {
  const [found] = await personasNamed(project, [name]);
  return project.json('GET', `/personas/${found?.id}`);
}

/** A persona and its ETag; undefined if it does not exist. */
export async function personaAndTag(project: Api, id: string): Promise<{ persona: Persona; tag: string } | undefined> {
  const response = await project.send('GET', `/personas/${id}`).catch(ignoreNotFound);
  return response && { persona: (await response.json()) as Persona, tag: response.headers.get('etag') ?? '' };
}

/** For `catch`: turns 404 into undefined. */
export function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof CallFailed && error.status === 404)) throw error;
}

/** Personas as commands name them: by id or by name. */
import type { Persona } from '../../functions/domain/persona.ts';
import { type Api, CallFailed } from './api.ts';
import { UsageError } from './exit-status.ts';

/** How a list is asked for: as much at once as is answered fast, and little enough to hold. */
export const wholeList = '/personas?limit=500';

export async function allPersonas(project: Api, query = ''): Promise<Persona[]> {
  const personas: Persona[] = [];
  for await (const part of project.parts<Persona>(`${wholeList}${query}`)) personas.push(...part);
  return personas;
}

/** Those that are named, in that order. Throws where there is one that is not there. */
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

/** A persona and the tag of this version of it; undefined where it is gone. */
export async function personaAndTag(project: Api, id: string): Promise<{ persona: Persona; tag: string } | undefined> {
  const response = await project.send('GET', `/personas/${id}`).catch(orGone);
  return response && { persona: (await response.json()) as Persona, tag: response.headers.get('etag') ?? '' };
}

/** For `catch`: undefined where the service says that there is no such thing. */
export function orGone(error: unknown): undefined {
  if (!(error instanceof CallFailed && error.status === 404)) throw error;
}

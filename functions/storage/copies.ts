/** Copies of personas, under the next free name. */
import type { IdempotentRequest, Once } from '../domain/idempotency.ts';
import { newId } from '../domain/new-id.ts';
import { newPersona, type PersonaPath } from '../domain/persona.ts';
import { copyNames, copyPrefix, type PersonaCopy } from '../domain/persona-copy.ts';
import { nameTaken, Refusal } from '../domain/refusal.ts';
import { retryConflicts, writeConflict } from './dynamo.ts';
import { once } from './idempotency.ts';
import * as personas from './personas.ts';
import * as projects from './projects.ts';

/** Copies a persona with its portrait. Refuses if the project or the persona does not exist, or the given name is taken. */
export async function duplicate(
  path: PersonaPath,
  { name }: PersonaCopy,
  request?: IdempotentRequest,
): Promise<Once<personas.Tagged>> {
  if (request) await projects.mustExist(path);
  return once(path, request, newId(), {
    async make(id, idempotencyWrites) {
      const { persona: original } = await personas.get(path);
      const insert = (free: string) =>
        personas.insert(path, newPersona({ ...original, name: free }, id), idempotencyWrites);
      return name ? insert(name) : underFreeName(original.name, (start) => personas.namesFrom(path, start), insert);
    },
    find: (personaId) => personas.get({ ...path, personaId }),
  });
}

/** Creates something under the first free name for a copy. If another caller takes that name first, it looks for the next one. */
export async function underFreeName<Result>(
  original: string,
  namesFrom: (start: string) => Promise<ReadonlySet<string>>,
  make: (name: string) => Promise<Result>,
): Promise<Result> {
  return retryConflicts(async () => {
    const taken = await namesFrom(copyPrefix(original));
    const names = copyNames(original);
    let { value: name } = names.next();
    while (taken.has(name)) name = names.next().value;
    try {
      return await make(name);
    } catch (error) {
      throw isNameTaken(error) ? writeConflict() : error;
    }
  });
}

export const isNameTaken = (error: unknown): boolean => error instanceof Refusal && error.code === nameTaken('').code;

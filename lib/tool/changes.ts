/** Computes the changes that make a project's personas equal to those of a file. Names identify personas. */
import { isDeepStrictEqual } from 'node:util';
import type { Persona } from '../../functions/domain/persona.ts';
import { NewPersona } from '../../functions/domain/persona-requests.ts';
import type { PersonaField, SourcePersona, SourceProject } from '../../functions/formats/contents.ts';
import type { Api } from './api.ts';
import { UsageError } from './exit-status.ts';
import { inParallel } from './in-parallel.ts';
import { allPersonas, ignoreNotFound } from './personas.ts';

export type Change =
  | { readonly kind: 'create'; readonly name: string; readonly wanted: SourcePersona }
  | {
      readonly kind: 'update';
      readonly name: string;
      readonly wanted: SourcePersona;
      readonly persona: Persona;
      readonly differences: readonly Difference[];
    }
  | { readonly kind: 'delete'; readonly name: string; readonly persona: Persona };

/** A changed field. A value is absent if there is none, and always for a portrait. */
export interface Difference {
  readonly field: PersonaField | 'portrait';
  readonly from?: unknown;
  readonly to?: unknown;
}

export interface Comparison {
  /** In the order of the file; deletions come last. */
  readonly changes: readonly Change[];
  readonly same: number;
  /** The names of personas that are not in the file. */
  readonly others: readonly string[];
}

/** Concurrent downloads. */
const atOnce = 4;

/** `prune`: whether to delete personas that are not in the file. */
export async function compare(project: Api, source: SourceProject, prune: boolean): Promise<Comparison> {
  checkNames(source);
  const personas = await allPersonas(project);
  const byName = new Map(personas.map((persona) => [persona.name, persona]));
  const found: (Change | undefined)[] = [];
  await inParallel(atOnce, source.personas.entries(), async ([index, wanted]) => {
    const { name } = wanted.fields;
    const persona = byName.get(name);
    if (!persona) found[index] = { kind: 'create', name, wanted };
    else {
      const differences = await differencesOf(project, source, wanted, persona);
      if (differences.length > 0) found[index] = { kind: 'update', name, wanted, persona, differences };
    }
  });
  const changes = found.filter((change) => change !== undefined);
  const names = new Set(source.personas.map(({ fields }) => fields.name));
  const others = personas.filter(({ name }) => !names.has(name));
  const deletes = prune ? others.map((persona) => ({ kind: 'delete', name: persona.name, persona }) as const) : [];
  return {
    changes: [...changes, ...deletes],
    same: source.personas.length - changes.length,
    others: others.map(({ name }) => name),
  };
}

function checkNames({ personas }: SourceProject): void {
  const names = personas.map(({ fields }) => fields.name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new UsageError(`The file has two personas called "${twice}".`);
}

const comparable = (Object.keys(NewPersona.shape) as PersonaField[]).filter((field) => field !== 'name');

/** The fields that differ. A field that is absent in the file is removed; a portrait stays. */
export async function differencesOf(
  project: Api,
  source: SourceProject,
  wanted: SourcePersona,
  persona: Persona,
): Promise<Difference[]> {
  const known = source.fields ?? comparable;
  const differences: Difference[] = comparable
    .filter((field) => known.includes(field))
    .map((field) => ({ field, from: valueIn(persona, field), to: valueIn(wanted.fields, field) }))
    .filter(({ from, to }) => !isDeepStrictEqual(from, to));
  return (await hasPortrait(project, source, wanted, persona)) ? differences : [...differences, { field: 'portrait' }];
}

/** Empty headers and tags are the same as none. */
function valueIn(fields: Readonly<Record<string, unknown>>, field: string): unknown {
  const value = fields[field];
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0 ? undefined : value;
}

/** Whether the persona has the portrait of the file: the same id, or the same bytes. */
async function hasPortrait(
  project: Api,
  { images }: SourceProject,
  { portrait }: SourcePersona,
  { imageUrl }: Persona,
) {
  if (!portrait || portrait === imageUrl) return true;
  if (!imageUrl) return false;
  const bytes = await project.bytes(`/images/${imageUrl}`).catch(ignoreNotFound);
  const wanted = await images.find(({ id }) => id === portrait)?.load();
  return bytes !== undefined && wanted !== undefined && Buffer.compare(bytes, wanted) === 0;
}

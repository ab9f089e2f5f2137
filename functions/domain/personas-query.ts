import * as z from 'zod/mini';
import { isHardToNormalise, isNormalisable, tag } from './fields.ts';
import { Paging } from './paging.ts';
import { fromWire, Persona } from './persona.ts';

const fieldNames = Object.keys(Persona.shape) as (keyof Persona)[];
const fieldsRule = `fields must be some of ${fieldNames.join(', ')}, each once, separated by commas`;

const queryTooLong = 'q must be at most 200 characters';

export const PersonasQuery = z.extend(Paging, {
  /** The fields to return of each persona. Default: all. */
  fields: z.optional(
    z.pipe(
      z.transform((text) =>
        String(text)
          .split(',')
          .map((name) => name.trim()),
      ),
      z
        .array(z.enum(fieldNames, fieldsRule))
        .check(z.refine((names) => new Set(names).size === names.length, fieldsRule)),
    ),
  ),
  /** Tags that a persona must all have. */
  tag: z.optional(
    z.pipe(
      z.transform((texts) => [texts].flat().filter((text) => String(text).trim() !== '')),
      z.array(tag('tag')),
    ),
  ),
  /** A text to find in name, description or tags. */
  q: z.optional(
    z.string().check(
      z.refine((text) => isNormalisable(text, 200), { error: queryTooLong, abort: true }),
      z.normalize('NFC'),
      z.refine((text) => [...text].length <= 200, queryTooLong),
    ),
  ),
});
export type PersonasQuery = z.infer<typeof PersonasQuery>;

/** A wire form with these fields only, in the order of the wire form. */
export const selectFields = (wire: string, fields: readonly string[]): string =>
  JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(wire)).filter(([name]) => fields.includes(name))));

/** A filter of wire forms by tags and text; undefined if the query has neither. */
export function searchOf({ tag: wanted = [], q = '' }: PersonasQuery): ((wire: string) => boolean) | undefined {
  if (wanted.length === 0 && q === '') return undefined;
  const text = foldCase(q);
  return (wire) => {
    const { name, description = '', tags = [] } = fromWire(wire);
    return (
      wanted.every((tag) => tags.includes(tag)) &&
      [name, description, ...tags].some((part) => foldCase(part).includes(text))
    );
  };
}

/** Folds case for a comparison. Two mappings, so that ß equals ẞ, and σ equals ς. */
function foldCase(text: string): string {
  const normal = isHardToNormalise(text) ? text : text.normalize('NFC');
  return normal.toLowerCase().toUpperCase();
}

import * as z from 'zod/mini';
import { isHardToNormalise, isNormalisable, tag } from './fields.ts';
import { Paging } from './paging.ts';
import { fromWire, Persona } from './persona.ts';

const fieldNames = Object.keys(Persona.shape) as (keyof Persona)[];
const fieldsRule = `fields must be some of ${fieldNames.join(', ')}, each once, separated by commas`;

const queryTooLong = 'q must be at most 200 characters';

export const PersonasQuery = z.extend(Paging, {
  /** What is answered of each persona. Default: all. */
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
  /** Each of them has to be there. */
  tag: z.optional(
    z.pipe(
      z.transform((texts) => [texts].flat().filter((text) => String(text).trim() !== '')),
      z.array(tag('tag')),
    ),
  ),
  /** What is looked for in name, description and tags. */
  q: z.optional(
    z.string().check(
      z.refine((text) => isNormalisable(text, 200), { error: queryTooLong, abort: true }),
      z.normalize('NFC'),
      z.refine((text) => [...text].length <= 200, queryTooLong),
    ),
  ),
});
export type PersonasQuery = z.infer<typeof PersonasQuery>;

/** Those fields of a wire form that are named, in the order of the wire. */
export const narrowed = (wire: string, fields: readonly string[]): string =>
  JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(wire)).filter(([name]) => fields.includes(name))));

/** Whether a wire form is what a search is for; undefined where the query searches for nothing. */
export function searchOf({ tag: wanted = [], q = '' }: PersonasQuery): ((wire: string) => boolean) | undefined {
  if (wanted.length === 0 && q === '') return undefined;
  const text = folded(q);
  return (wire) => {
    const { name, description = '', tags = [] } = fromWire(wire);
    return (
      wanted.every((tag) => tags.includes(tag)) &&
      [name, description, ...tags].some((part) => folded(part).includes(text))
    );
  };
}

/** What is compared without regard to case: two mappings, so that ß meets ẞ, and σ meets ς. */
function folded(text: string): string {
  const normal = isHardToNormalise(text) ? text : text.normalize('NFC');
  return normal.toLowerCase().toUpperCase();
}

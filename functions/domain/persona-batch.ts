import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { parse } from './parse.ts';
import { NewPersona } from './persona-requests.ts';
import type { Refusal } from './refusal.ts';

const maxEntries = 100;

/** A valid entry, or the refusal of an invalid one; with the name that the result has. */
export type BatchEntry =
  | { readonly name: string; readonly fields: NewPersona }
  | { readonly name: string; readonly refusal: Refusal };

/** What happens to an entry whose name is taken. */
const conflictRules = ['fail', 'skip', 'rename', 'replace'] as const;
export type ConflictRule = (typeof conflictRules)[number];

const entries = `personas must be an array of 1 to ${maxEntries} personas`;

/** Many personas to create. An invalid entry does not make the batch invalid. */
export const PersonaBatch = z.object({
  personas: z.pipe(
    z
      .array(z.unknown().check(z.meta({ $ref: '#/components/schemas/NewPersona' })), entries)
      .check(z.minLength(1, entries), z.maxLength(maxEntries, entries)),
    z.transform((values: unknown[]) => values.map(readEntry)),
  ),
  onConflict: z.optional(z.enum(conflictRules, `onConflict must be one of ${conflictRules.join(', ')}`)),
  dryRun: z.optional(z.boolean('dryRun must be true or false')),
});
export type PersonaBatch = z.infer<typeof PersonaBatch>;
/* @__PURE__ */ annotate(PersonaBatch, () => ({
  description: 'Personas to create, in this order. An invalid entry does not affect the others.',
  fields: {
    personas: 'The personas to create.',
    onConflict:
      'What happens to an entry whose name is taken: `fail`, the default; `skip`; `rename` creates it under the next free name, as duplicate does; `replace` sets the fields of the entry on the existing persona, which keeps its other fields.',
    dryRun: 'Whether to return the results without creating or changing anything.',
  },
}));

function readEntry(value: unknown): BatchEntry {
  try {
    const fields = parse(NewPersona, value);
    return { name: fields.name, fields };
  } catch (error) {
    return { name: nameIn(value), refusal: error as Refusal };
  }
}

const shownCharacters = 200;

/** The name of an invalid entry, if it has one. */
function nameIn(value: unknown): string {
  const { name } = (value ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name.slice(0, shownCharacters).toWellFormed() : '';
}

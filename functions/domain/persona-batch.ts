import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { parse } from './parse.ts';
import { NewPersona } from './persona-requests.ts';
import type { Refusal } from './refusal.ts';

const mostEntries = 100;

/** What an entry is to become, or why it cannot; and by which name the answer tells of it. */
export type BatchEntry =
  | { readonly name: string; readonly fields: NewPersona }
  | { readonly name: string; readonly refusal: Refusal };

/** What becomes of an entry whose name is taken. */
const conflictRules = ['fail', 'skip', 'rename', 'replace'] as const;
export type ConflictRule = (typeof conflictRules)[number];

const entries = `personas must be an array of 1 to ${mostEntries} personas`;

/** Many personas to be made. A wrong one is not refused with the others. */
export const PersonaBatch = z.object({
  personas: z.pipe(
    z
      .array(z.unknown().check(z.meta({ $ref: '#/components/schemas/NewPersona' })), entries)
      .check(z.minLength(1, entries), z.maxLength(mostEntries, entries)),
    z.transform((values: unknown[]) => values.map(readEntry)),
  ),
  onConflict: z.optional(z.enum(conflictRules, `onConflict must be one of ${conflictRules.join(', ')}`)),
  dryRun: z.optional(z.boolean('dryRun must be true or false')),
});
export type PersonaBatch = z.infer<typeof PersonaBatch>;
/* @__PURE__ */ annotate(PersonaBatch, () => ({
  description: 'Personas to be made, as if one after another. A wrong one does not stop the others.',
  fields: {
    personas: 'The personas to be made.',
    onConflict:
      'What becomes of a persona whose name is taken: it fails, which is the default; is skipped; is made under the next free name, as a duplicate is; or its fields replace those of the persona that has the name, which keeps the rest.',
    dryRun: 'Whether nothing is to be made, only told what would be.',
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

/** What a wrong entry calls itself, as far as it does. */
function nameIn(value: unknown): string {
  const { name } = (value ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name.slice(0, shownCharacters).toWellFormed() : '';
}

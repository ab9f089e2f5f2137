import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { absentOr } from './fields.ts';
import { Name } from './name.ts';
import { meanings } from './persona-requests.ts';

/** The body of duplicate. */
export const PersonaCopy = z.object({ name: absentOr(Name) });
export type PersonaCopy = z.infer<typeof PersonaCopy>;
/* @__PURE__ */ annotate(PersonaCopy, () => ({
  description: 'The name of a copy of a persona.',
  fields: { name: `${meanings.name} Default: the name of the original with the next free number.` },
}));

const maxCharacters = 200;
const longestSuffix = ' (9999999999)'.length;
const numbered = /^(.+) \(([1-9]\d{0,8})\)$/s;

/**
 * The names for a copy, in the order in which to try them: `Greta (2)` for `Greta`, `Greta (3)` for `Greta (2)`. Each is a valid name: its stem is
 * cut so that it has at most 200 characters.
 */
export function* copyNames(name: string): Generator<string, never> {
  const { stem, number } = partsOf(name);
  for (let next = number + 1; ; next++) {
    const suffix = ` (${next})`;
    yield cut(stem, maxCharacters - suffix.length) + suffix;
  }
}

/** The common prefix of all names for copies of this one. */
export function copyPrefix(name: string): string {
  const { stem } = partsOf(name);
  const start = cut(stem, maxCharacters - longestSuffix);
  return start === stem ? `${stem} (` : start;
}

/** Two names with different families never lead to the same name for a copy. */
export const copyFamily = (name: string): string => cut(partsOf(name).stem, maxCharacters - longestSuffix);

function partsOf(name: string) {
  const [, stem = name, number = '1'] = numbered.exec(name) ?? [];
  return { stem, number: Number(number) };
}

/** Cuts a text to at most `limit` code points, between grapheme clusters, without white space at the end. */
function cut(text: string, limit: number): string {
  const characters = [...text];
  if (characters.length <= limit) return text;
  let start = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if ([...start, ...segment].length > limit) break;
    start += segment;
  }
  return (start || characters.slice(0, limit).join('')).trimEnd();
}

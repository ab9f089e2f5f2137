import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { absentOr } from './fields.ts';
import { Name } from './name.ts';
import { meanings } from './persona-requests.ts';

/** What a duplicate may be given. */
export const PersonaCopy = z.object({ name: absentOr(Name) });
export type PersonaCopy = z.infer<typeof PersonaCopy>;
/* @__PURE__ */ annotate(PersonaCopy, () => ({
  description: 'What the copy of a persona is to be.',
  fields: { name: `${meanings.name} Absent: made from that of the persona.` },
}));

const mostCharacters = 200;
const longestSuffix = ' (9999999999)'.length;
const numbered = /^(.+) \(([1-9]\d{0,8})\)$/s;

/**
 * The names for a copy, in the order in which they are to be tried: of `Greta` `Greta (2)`, of that `Greta (3)`. Each is a valid name, with
 * its stem cut so that 200 characters hold.
 */
export function* copyNames(name: string): Generator<string, never> {
  const { stem, number } = partsOf(name);
  for (let next = number + 1; ; next++) {
    const suffix = ` (${next})`;
    yield cut(stem, mostCharacters - suffix.length) + suffix;
  }
}

/** What all names for copies of this one begin with. */
export function copyPrefix(name: string): string {
  const { stem } = partsOf(name);
  const start = cut(stem, mostCharacters - longestSuffix);
  return start === stem ? `${stem} (` : start;
}

/** Names that a copy of one could share with a copy of the other have the same. */
export const copyFamily = (name: string): string => cut(partsOf(name).stem, mostCharacters - longestSuffix);

function partsOf(name: string) {
  const [, stem = name, number = '1'] = numbered.exec(name) ?? [];
  return { stem, number: Number(number) };
}

/** The text, or as many of its characters as people see them as have so many code points, without white space at the end. */
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

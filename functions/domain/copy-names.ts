/** What copies are called: `Greta (2)`, a copy of that `Greta (3)`. */

const mostCharacters = 200;
const longestSuffix = ' (9999999999)'.length;
const numbered = /^(.+) \(([1-9]\d{0,8})\)$/s;

/** The names for a copy, in the order in which they are to be tried: each a valid name, with its stem cut so that 200 characters hold. */
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

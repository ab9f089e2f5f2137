/** Filters and sorts the personas of the gallery. */
import type { GalleryPersona } from './personas.ts';
import type { Search, Sorting } from './router.ts';

/** The same filter as `?q=` and `?tag=` of the API: the text in name, description or a tag, ignoring case, and all of the tags. */
export function found(personas: readonly GalleryPersona[], { text, tags, sorting }: Search): GalleryPersona[] {
  const wanted = folded(text.trim());
  return personas
    .filter((persona) => tags.every((tag) => persona.tags?.includes(tag)))
    .filter(({ name, description = '', tags = [] }) =>
      [name, description, ...tags].some((part) => folded(part).includes(wanted)),
    )
    .sort(orders[sorting]);
}

const folded = (text: string) => text.normalize('NFC').toLowerCase();

const byName = new Intl.Collator(undefined, { numeric: true });

const orders: Record<Sorting, (one: GalleryPersona, other: GalleryPersona) => number> = {
  changed: (one, other) => compare(other.updatedAt, one.updatedAt),
  name: (one, other) => byName.compare(one.name, other.name),
  oldest: (one, other) => compare(one.createdAt, other.createdAt) || compare(one.id, other.id),
};

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

/** All tags of the personas, the most frequent first. */
export function tagsOf(personas: readonly GalleryPersona[]): string[] {
  const counts = new Map<string, number>();
  for (const tag of personas.flatMap(({ tags = [] }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([one, few], [other, many]) => many - few || byName.compare(one, other)).map(([tag]) => tag);
}

import { replaceRoute, type Search, type Sorting } from './router.ts';

interface Props {
  readonly projectId: string;
  readonly search: Search;
  /** All tags of the project. */
  readonly tags: readonly string[];
}

const sortings: Record<Sorting, string> = { changed: 'Last changed', name: 'Name', oldest: 'Oldest first' };

/** Search, order and tags. Each change updates the address at once. */
export function GalleryTools({ projectId, search, tags }: Props) {
  const change = (part: Partial<Search>) =>
    replaceRoute({ view: 'personas', projectId, search: { ...search, ...part } });
  const toggle = (tag: string) =>
    change({
      tags: search.tags.includes(tag) ? search.tags.filter((other) => other !== tag) : [...search.tags, tag],
    });
  return (
    <search class="gallery-tools">
      <input
        type="search"
        aria-label="Search"
        placeholder="Search name, description, tags"
        value={search.text}
        onInput={(event) => change({ text: event.currentTarget.value })}
      />
      <label class="sorting">
        <span>Sort by</span>
        <select value={search.sorting} onChange={(event) => change({ sorting: event.currentTarget.value as Sorting })}>
          {Object.entries(sortings).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {tags.length > 0 && (
        <ul class="tag-filter" aria-label="Tags">
          {tags.map((tag) => (
            <li key={tag}>
              <button type="button" class="tag" aria-pressed={search.tags.includes(tag)} onClick={() => toggle(tag)}>
                {tag}
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}

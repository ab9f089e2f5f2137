/** Unsaved changes, which are kept while the user visits other views. */
import { signal } from '@preact/signals';
import type { Fields } from './fields.ts';
import type { Version } from './version.ts';

interface Draft {
  readonly fields: Fields;
  /** The version that it changes; undefined for a new persona. */
  readonly version?: Version;
}

/** By persona id, or by project id for a new persona. */
export const drafts = signal<ReadonlyMap<string, Draft>>(new Map());

export function keepDraft(id: string, draft: Draft): void {
  drafts.value = new Map(drafts.value).set(id, draft);
}

export function dropDraft(id: string): void {
  const others = new Map(drafts.value);
  if (others.delete(id)) drafts.value = others;
}

addEventListener('beforeunload', (event) => {
  if (drafts.value.size > 0) event.preventDefault();
});

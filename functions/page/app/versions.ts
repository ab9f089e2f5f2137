/** The last known versions of opened personas. */
import { signal } from '@preact/signals';
import { drafts, keepDraft } from './drafts.ts';
import { changedFields, fieldsOf } from './fields.ts';
import { showPersona } from './personas.ts';
import type { Version } from './version.ts';

/** By persona id. */
export const versions = signal<ReadonlyMap<string, Version>>(new Map());

/** Stores a new version. If only the portrait differs, a draft continues from it. */
export function arrive(projectId: string, version: Version): void {
  const { persona } = version;
  const draft = drafts.value.get(persona.id);
  if (draft?.version && changedFields(fieldsOf(draft.version.persona), persona).length === 0) {
    keepDraft(persona.id, { ...draft, version });
  }
  versions.value = new Map(versions.value).set(persona.id, version);
  showPersona(projectId, persona);
}

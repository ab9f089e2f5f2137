/** The personas of the open project, for its gallery. */
import { signal } from '@preact/signals';
import { api, call, cursorOf, type ListedPersona, type Persona } from './api.ts';
import { type CallFailure, failureOf } from './call-failure.ts';

/** The fields that the gallery shows, without prompts and headers. */
const fields = ['id', 'name', 'description', 'tags', 'imageUrl', 'createdAt', 'updatedAt'] as const;

export type GalleryPersona = ListedPersona & Pick<Persona, 'id' | 'name' | 'createdAt' | 'updatedAt'>;

export interface Gallery {
  readonly projectId: string;
  readonly personas: readonly GalleryPersona[];
  /** Whether all are loaded. */
  readonly complete: boolean;
  readonly failure?: CallFailure;
}

const gallery = signal<Gallery>({ projectId: '', personas: [], complete: false });

/** The loaded personas of a project. */
export const galleryOf = (projectId: string): Gallery =>
  gallery.value.projectId === projectId ? gallery.value : { projectId, personas: [], complete: false };

/** Small, to show the first ones soon. */
const [firstPart, otherParts] = [100, 1_000];

/** Loads the personas of a project: page by page the first time, otherwise all at once while the older list is shown. */
export async function loadGallery(projectId: string): Promise<void> {
  const known = galleryOf(projectId).complete;
  if (!known) gallery.value = { projectId, personas: [], complete: false };
  const personas: GalleryPersona[] = [];
  let cursor: string | undefined;
  try {
    do {
      const query = { fields: [...fields], limit: cursor ? otherParts : firstPart, ...(cursor && { cursor }) };
      const params = { path: { projectId }, query };
      const { data, response } = await call(api.GET('/api/projects/{projectId}/personas', { params }));
      personas.push(...(data as GalleryPersona[]));
      cursor = cursorOf(response);
      if (gallery.value.projectId !== projectId) return;
      if (!known || !cursor) gallery.value = { projectId, personas: [...personas], complete: !cursor };
    } while (cursor);
  } catch (error) {
    if (gallery.value.projectId === projectId) gallery.value = { ...gallery.value, failure: failureOf(error) };
  }
}

/** Adds or updates a persona without loading the list again. */
export function showPersona(projectId: string, persona: Persona): void {
  if (gallery.value.projectId !== projectId) return;
  const others = gallery.value.personas.filter(({ id }) => id !== persona.id);
  gallery.value = { ...gallery.value, personas: [...others, persona] };
}

export function hidePersona(projectId: string, personaId: string): void {
  if (gallery.value.projectId !== projectId) return;
  gallery.value = { ...gallery.value, personas: gallery.value.personas.filter(({ id }) => id !== personaId) };
}

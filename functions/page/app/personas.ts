/** The personas of the project that is open, as its gallery lists them. */
import { signal } from '@preact/signals';
import { api, call, cursorOf, type ListedPersona, type Persona } from './api.ts';
import { type CallFailure, failureOf } from './call-failure.ts';

/** What the gallery shows; prompts and headers stay where they are. */
const fields = ['id', 'name', 'description', 'tags', 'imageUrl', 'createdAt', 'updatedAt'] as const;

export type GalleryPersona = ListedPersona & Pick<Persona, 'id' | 'name' | 'createdAt' | 'updatedAt'>;

export interface Gallery {
  readonly projectId: string;
  readonly personas: readonly GalleryPersona[];
  /** Whether all are there. */
  readonly complete: boolean;
  readonly failure?: CallFailure;
}

const gallery = signal<Gallery>({ projectId: '', personas: [], complete: false });

/** What is known of a project's personas. */
export const galleryOf = (projectId: string): Gallery =>
  gallery.value.projectId === projectId ? gallery.value : { projectId, personas: [], complete: false };

/** The first few come soon. */
const [firstPart, otherParts] = [100, 1_000];

/** Loads the personas of a project: part by part for the first time, and all at once where an older list is shown meanwhile. */
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

/** Shows a persona that was made or changed, without asking for the list again. */
export function showPersona(projectId: string, persona: Persona): void {
  if (gallery.value.projectId !== projectId) return;
  const others = gallery.value.personas.filter(({ id }) => id !== persona.id);
  gallery.value = { ...gallery.value, personas: [...others, persona] };
}

export function hidePersona(projectId: string, personaId: string): void {
  if (gallery.value.projectId !== projectId) return;
  gallery.value = { ...gallery.value, personas: gallery.value.personas.filter(({ id }) => id !== personaId) };
}

/** Exports personas as downloads. */
import { mediaTypeOf, readBytes } from '../../formats/bytes.ts';
import { writeCardPng } from '../../formats/character-card.ts';
import { writeCsv } from '../../formats/csv.ts';
import { imageLine, personaLine } from '../../formats/json-lines.ts';
import { api, call, cursorOf, type Persona } from './api.ts';
import { fetchPicture } from './pictures.ts';
import { nameOf } from './projects.ts';
import type { Search } from './router.ts';
import { found } from './search.ts';

/** The personas that the gallery shows for a search, in its order, with all fields. */
async function personasOf(projectId: string, search: Search): Promise<Persona[]> {
  const personas: Persona[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 500, ...(cursor && { cursor }) };
    const params = { path: { projectId }, query };
    const { data, response } = await call(api.GET('/api/projects/{projectId}/personas', { params }));
    personas.push(...(data as Persona[]));
    cursor = cursorOf(response);
  } while (cursor);
  return found(personas, search);
}

/** With portraits. `step` is called with the progress. */
export async function saveLines(projectId: string, search: Search, step: (done: number, of: number) => void) {
  const personas = await personasOf(projectId, search);
  const parts: BlobPart[] = [];
  for (const [index, persona] of personas.entries()) {
    parts.push(personaLine(persona));
    if (persona.imageUrl) {
      const picture = await fetchPicture(projectId, persona.imageUrl);
      parts.push(imageLine(persona.imageUrl, 'persona-avatar', await readBytes(picture)));
    }
    step(index + 1, personas.length);
  }
  save(`${nameOf(projectId)}.jsonl`, new Blob(parts, { type: 'application/jsonl' }));
}

export async function saveTable(projectId: string, search: Search): Promise<void> {
  const csv = writeCsv(await personasOf(projectId, search));
  save(`${nameOf(projectId)}.csv`, new Blob([csv], { type: 'text/csv' }));
}

/** The persona as a character card in its portrait, which is converted to PNG if needed. */
export async function saveCard(projectId: string, persona: Persona): Promise<void> {
  const portrait = await fetchPicture(projectId, persona.imageUrl ?? '');
  const bytes = await readBytes(portrait);
  const png = mediaTypeOf(bytes) === 'image/png' ? bytes : await readBytes(await pngOf(portrait));
  const card = new Uint8Array(writeCardPng(persona, png));
  save(`${persona.name}.png`, new Blob([card], { type: 'image/png' }));
}

async function pngOf(picture: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(picture);
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((png) => (png ? resolve(png) : reject(new Error('The portrait cannot be made a PNG.'))));
  });
}

function save(name: string, file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The download has started, so the browser no longer needs the address.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

import { timeOf } from '../domain/fields.ts';
import type { PersonaPath } from '../domain/persona.ts';
import type { Portrait } from '../domain/portrait.ts';
import { getItems } from './dynamo.ts';
import { recordFrom } from './image-records.ts';
import { idPages } from './lists.ts';
import * as personas from './personas.ts';
import { keys, lists } from './table.ts';

/** The limit of BatchGetItem. */
const batchSize = 100;

/** The portraits of a persona, newest first, including the current one. Refuses if the project or the persona does not exist. */
export async function list(path: PersonaPath): Promise<Portrait[]> {
  const { projectId, personaId } = path;
  const { persona } = await personas.get(path);
  const ids = new Set(persona.imageUrl ? [persona.imageUrl] : []);
  for await (const page of idPages(lists.portraits(projectId, personaId))) for (const id of page) ids.add(id);
  const sorted = [...ids].sort().reverse();
  const portraits: Portrait[] = [];
  for (let start = 0; start < sorted.length; start += batchSize) {
    const batch = sorted.slice(start, start + batchSize);
    const records = (await getItems(...batch.map((id) => keys.image(projectId, id)))).map(recordFrom);
    for (const [index, id] of batch.entries()) {
      const record = records[index];
      if (record) portraits.push({ id, createdAt: timeOf(id), model: record.model, current: id === persona.imageUrl });
    }
  }
  return portraits;
}

import { v7 as uuidv7 } from 'uuid';
import { portraitRole } from '../domain/image.ts';
import {
  changed,
  checkSize,
  created,
  fromWire,
  type NewPersona,
  narrowed,
  type Persona,
  type PersonaChanges,
  type PersonaPath,
  type PersonasQuery,
  toWire,
} from '../domain/persona.ts';
import type { Project, ProjectPath } from '../domain/project.ts';
import { nameTaken, personaNotFound, Refusal, versionMismatch } from '../domain/refusal.ts';
import { newVersion, type Precondition, tagOf } from '../domain/version.ts';
import { getItems, type Item, overtaken, retried, type Write, write } from './dynamo.ts';
import { bearing, recording } from './image-writes.ts';
import { queryPages, readPage } from './lists.ts';
import * as projects from './projects.ts';
import { keys } from './table.ts';

/** A persona, and the tag of the version that it is. */
export interface Tagged {
  readonly persona: Persona;
  readonly tag: string;
}

/** Refuses where the project is gone or the name is taken. */
export async function create(path: ProjectPath, fields: NewPersona): Promise<Tagged> {
  const { projectId } = path;
  const persona = created(fields, uuidv7());
  await projectFirst(path, async () => checkSize(persona));
  const version = newVersion();
  const item = itemOf(projectId, persona, version);
  await retried(() => write(projects.mustLive(projectId), { Put: { Item: item } }, holdName(projectId, persona)));
  return { persona, tag: tagOf(version) };
}

/** All that a new persona is in the table: itself and its name. */
export const itemsOf = (projectId: string, persona: Persona): Item[] => [
  itemOf(projectId, persona, newVersion()),
  nameItemOf(projectId, persona),
];

const itemOf = (projectId: string, persona: Persona, version: number): Item => ({
  ...keys.persona(projectId, persona.id),
  persona: toWire(persona),
  version,
});

const nameItemOf = (projectId: string, { id, name }: Persona): Item => ({
  ...keys.name(projectId, name),
  personaId: id,
});

/** A persona and its project, in one call. Refuses where either is gone. */
export async function get({ projectId, personaId }: PersonaPath): Promise<Kept & { readonly project: Project }> {
  const [projectItem, item] = await getItems(keys.project(projectId), keys.persona(projectId, personaId));
  const project = projects.fromItem(projectItem);
  return { project, ...fromItem(item) };
}

/** What a list holds of a persona: its wire form, or some fields of that. */
type FormOf = (item: { readonly persona: string }) => string;

/**
 * The personas of a project, oldest first, as JSON texts: all of them in batches as they come from the table, or so many in one batch,
 * since the query for the next ones goes before them. Refuses where the project is gone before it yields anything.
 */
export async function list(path: ProjectPath, query: PersonasQuery) {
  const { fields } = query;
  const formOf: FormOf = fields ? ({ persona }) => narrowed(persona, fields) : ({ persona }) => persona;
  if (query.limit === undefined) return { batches: all(path, query, formOf), next: undefined };
  const first = keys.persona(path.projectId);
  const reading = readPage(first, ['persona'], query, (_, item) => formOf(item));
  const { entries, next } = await projects.living(path, reading);
  return { batches: [entries].values(), next };
}

/** So that the first ones come early. DynamoDB rounds each page up to 4 kB: 10 000 personas of 600 bytes take 1 761 units, not 1 745. */
const mostPerPage = 500;

async function* all(path: ProjectPath, query: PersonasQuery, formOf: FormOf) {
  const pages = queryPages(keys.persona(path.projectId), ['persona'], query, mostPerPage);
  const first = await projects.living(path, pages.next());
  for (let page = first; !page.done; page = await pages.next()) yield page.value.map(formOf);
}

/**
 * The persona after the changes. Another caller's change in between is kept: the attempt is made again on top of it. Refuses
 * where the project or the persona is gone, its version is not what the caller demands, the new name is taken, or the new image is
 * not stored in this project.
 */
export async function update(path: PersonaPath, changes: PersonaChanges, precondition: Precondition): Promise<Tagged> {
  return changeExisting(path, async ({ persona: before, version, tag }) => {
    const { projectId } = path;
    if (!precondition(tag)) throw versionMismatch();
    const after = changed(before, changes, new Date().toISOString());
    if (after === before) return { persona: before, tag };
    checkSize(after);
    const next = newVersion();
    await write(
      replace(path, after, version, next),
      ...(after.name === before.name ? [] : [holdName(projectId, after), freeName(projectId, before.name)]),
      ...(after.imageUrl && after.imageUrl !== before.imageUrl ? [bearing(path, after.imageUrl)] : []),
    );
    return { persona: after, tag: tagOf(next) };
  });
}

/**
 * Gives the persona the portrait that was drawn for it and is stored, and records that image, all or nothing. Refuses where
 * the project or the persona is gone.
 */
export async function bearDrawn(path: PersonaPath, imageId: string): Promise<Tagged> {
  return changeExisting(path, async ({ persona: before, version }) => {
    const after = changed(before, { imageUrl: imageId }, new Date().toISOString());
    const next = newVersion();
    await write(
      projects.mustLive(path.projectId),
      replace(path, after, version, next),
      ...recording(path.projectId, imageId, portraitRole, path.personaId),
    );
    return { persona: after, tag: tagOf(next) };
  });
}

/**
 * The name is free at once. Refuses where the project or the persona is gone, or the persona's version is not what the caller
 * demands.
 */
export async function remove(path: PersonaPath, precondition: Precondition): Promise<void> {
  await changeExisting(path, async ({ persona: { name }, version, tag }) => {
    const { projectId, personaId } = path;
    if (!precondition(tag)) throw versionMismatch();
    await write(
      {
        Delete: {
          Key: keys.persona(projectId, personaId),
          ConditionExpression: 'version = :version',
          ExpressionAttributeValues: { ':version': version },
        },
        otherwise: overtaken,
      },
      freeName(projectId, name),
    );
  });
}

/**
 * Makes a change that is conditioned on the version that it was computed from, as often as others come first. A change that is under way
 * while the project goes is as good as made before: nobody sees it any more.
 */
async function changeExisting<Result>(path: PersonaPath, change: (kept: Kept) => Promise<Result>): Promise<Result> {
  return retried(async () => change(await get(path)));
}

/** Where the project is gone, that is the answer to whatever is refused. */
async function projectFirst<Result>(path: ProjectPath, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) await projects.confirm(path);
    throw error;
  }
}

/** A persona as its item holds it. */
interface Kept extends Tagged {
  readonly version: number;
}

/** Reads a persona from its item. Refuses where there is none. */
export function fromItem(item: Item | undefined): Kept {
  if (!item) throw personaNotFound();
  const version = Number(item.version);
  return { persona: fromWire(String(item.persona)), version, tag: tagOf(version) };
}

/** Replaces the persona, if it still has this version. */
export const replace = (
  { projectId, personaId }: PersonaPath,
  persona: Persona,
  version: number,
  next = newVersion(),
): Write => ({
  Update: {
    Key: keys.persona(projectId, personaId),
    UpdateExpression: 'SET persona = :persona, version = :next',
    // It has the next one where the answer to a first attempt was lost and the SDK tried again.
    ConditionExpression: 'version IN (:version, :next)',
    ExpressionAttributeValues: { ':persona': toWire(persona), ':next': next, ':version': version },
  },
  otherwise: overtaken,
});

const holdName = (projectId: string, persona: Persona): Write => ({
  Put: { Item: nameItemOf(projectId, persona), ConditionExpression: 'attribute_not_exists(PK)' },
  otherwise: () => nameTaken(persona.name),
});

const freeName = (projectId: string, name: string): Write => ({ Delete: { Key: keys.name(projectId, name) } });

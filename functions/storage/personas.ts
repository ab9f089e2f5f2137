import { v7 as uuidv7 } from 'uuid';
import type { IdempotentRequest, Once } from '../domain/idempotency.ts';
import { portraitRole } from '../domain/image-role.ts';
import { changed, checkSize, created, fromWire, type Persona, type PersonaPath, toWire } from '../domain/persona.ts';
import type { NewPersona, PersonaChanges } from '../domain/persona-requests.ts';
import { narrowed, type PersonasQuery, searchOf } from '../domain/personas-query.ts';
import type { Project, ProjectPath } from '../domain/project.ts';
import { imageUnknown, nameTaken, personaNotFound, versionMismatch } from '../domain/refusal.ts';
import { newVersion, type Precondition, tagOf } from '../domain/version.ts';
import { getItem, getItems, type Item, retryConflicts, type Write, write, writeConflict } from './dynamo.ts';
import { once } from './idempotency.ts';
import { adopting, recordFrom, recording } from './image-records.ts';
import { mostPerPage, queryPages, readPage, searchPage } from './lists.ts';
import * as projects from './projects.ts';
import { keys, lists, nameIn } from './table.ts';

/** A persona, and the tag of the version that it is. */
export interface Tagged {
  readonly persona: Persona;
  readonly tag: string;
}

/** Refuses where the project is gone or the name is taken. */
export async function create(
  path: ProjectPath,
  fields: NewPersona,
  request?: IdempotentRequest,
): Promise<Once<Tagged>> {
  const persona = created(fields, uuidv7());
  await projects.mustExist(path);
  return once(path, request, persona.id, {
    make: (_, notes) => insert(path, persona, notes),
    find: (personaId) => get({ ...path, personaId }),
  });
}

/** Stores a new persona in a project that exists, after `notes`. Refuses where the name is taken. */
export async function insert(
  { projectId }: ProjectPath,
  persona: Persona,
  notes: readonly Write[] = [],
): Promise<Tagged> {
  checkSize(persona);
  const path = { projectId, personaId: persona.id };
  const version = newVersion();
  const item = { ...keys.persona(projectId, persona.id), persona: toWire(persona), version };
  await write(
    ...notes,
    { Put: { Item: item } },
    holdName(projectId, persona),
    ...referring(path, undefined, persona.imageUrl),
  );
  if (persona.imageUrl) await detachIfDying(path, persona.imageUrl);
  return { persona, tag: tagOf(version) };
}

/** Who has a name; undefined where nobody has. */
export async function holderOf({ projectId }: ProjectPath, name: string): Promise<{ readonly id: string } | undefined> {
  const item = await getItem(keys.name(projectId, name));
  return item && { id: String(item.personaId) };
}

/** Personas of at most 350 KB in one BatchGetItem, which ends at 16 MB. */
const personasPerRead = 40;

/** The names of those of these personas that are there, by their ids. */
export async function namesOf({ projectId }: ProjectPath, ids: readonly string[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)].map((id) => keys.persona(projectId, id));
  const names = new Map<string, string>();
  for (let start = 0; start < wanted.length; start += personasPerRead) {
    for (const item of await getItems(...wanted.slice(start, start + personasPerRead))) {
      const found = item && fromItem(item).persona;
      if (found) names.set(found.id, found.name);
    }
  }
  return names;
}

/** The names of a project that begin so. */
export async function namesFrom({ projectId }: ProjectPath, prefix: string): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const page of queryPages(lists.names(projectId, prefix), ['SK'], {})) {
    for (const { SK } of page) names.add(nameIn(SK));
  }
  return names;
}

/** A persona and its project, in one call. Refuses where either is gone. */
export async function get({ projectId, personaId }: PersonaPath): Promise<Kept & { readonly project: Project }> {
  const [projectItem, item] = await getItems(keys.project(projectId), keys.persona(projectId, personaId));
  const project = projects.fromItem(projectItem);
  return { project, ...fromItem(item) };
}

/** The persona alone; undefined where there is none. */
export async function find({ projectId, personaId }: PersonaPath): Promise<Persona | undefined> {
  const item = await getItem(keys.persona(projectId, personaId));
  return item && fromItem(item).persona;
}

/** Has a persona hold its name. Refuses where another one does. */
export async function holdOwnName(path: PersonaPath): Promise<void> {
  const persona = await find(path);
  if (persona) await write(holdName(path.projectId, persona));
}

/** Notes that a persona refers to an image, or not, as it is. */
export async function noteReference(path: PersonaPath, imageId: string): Promise<void> {
  const persona = await find(path);
  await write(
    ...(persona?.imageUrl === imageId ? referring(path, undefined, imageId) : referring(path, imageId, undefined)),
  );
}

/** What a list holds of a persona: its wire form, or some fields of that. */
type FormOf = (wire: string) => string;

/**
 * The personas of a project, oldest first, as JSON texts: all of them in batches as they come from the table, or so many in one batch,
 * since the query for the next ones goes before them. Refuses where the project is gone before it yields anything.
 */
export async function list(path: ProjectPath, query: PersonasQuery) {
  const { fields } = query;
  const formOf: FormOf = fields ? (wire) => narrowed(wire, fields) : (wire) => wire;
  const matches = searchOf(query);
  if (query.limit === undefined) return { batches: all(path, query, formOf, matches), next: undefined };
  const personas = lists.personas(path.projectId);
  const reading = matches
    ? searchPage(personas, 'persona', query, matches, formOf)
    : readPage(personas, ['persona'], query, (_, { persona }) => formOf(persona));
  const { entries, next } = await projects.ifExists(path, reading);
  return { batches: [entries].values(), next };
}

async function* all(path: ProjectPath, query: PersonasQuery, formOf: FormOf, matches: ReturnType<typeof searchOf>) {
  const pages = queryPages(lists.personas(path.projectId), ['persona'], query, mostPerPage);
  const first = await projects.ifExists(path, pages.next());
  for (let page = first; !page.done; page = await pages.next()) {
    const wires = page.value.map(({ persona }) => persona);
    yield (matches ? wires.filter(matches) : wires).map(formOf);
  }
}

/**
 * The persona after the changes. Another caller's change in between is kept: the attempt is made again on top of it. Refuses
 * where the project or the persona is gone, its version is not what the caller demands, the new name is taken, or the new image is
 * not stored in this project.
 */
export async function update(path: PersonaPath, changes: PersonaChanges, precondition: Precondition): Promise<Tagged> {
  const { projectId } = path;
  const { imageUrl } = changes;
  return retryConflicts(async () => {
    const [{ persona: before, version, tag }, image] = await getWithImage(path, imageUrl);
    if (!precondition(tag)) throw versionMismatch();
    const after = changed(before, changes, new Date().toISOString());
    if (after === before) return { persona: before, tag };
    checkSize(after);
    const isNewImage = imageUrl && imageUrl !== before.imageUrl;
    if (isNewImage && !image) throw imageUnknown();
    const next = newVersion();
    await write(
      replace(path, after, version, next),
      ...(after.name === before.name ? [] : [holdName(projectId, after), freeName(projectId, before.name)]),
      ...referring(path, before.imageUrl, after.imageUrl),
      ...(isNewImage && image ? adopting(path, imageUrl, image) : []),
    );
    if (isNewImage) await detachIfDying(path, imageUrl);
    return { persona: after, tag: tagOf(next) };
  });
}

/** A persona that has this name, in a project that exists. Throws a WriteConflict where it has another one by now, or is gone. */
export async function getNamed({ projectId, personaId }: PersonaPath, name: string): Promise<Kept> {
  const item = await getItem(keys.persona(projectId, personaId));
  const kept = item && fromItem(item);
  if (kept?.persona.name !== name) throw writeConflict();
  return kept;
}

/** Sets the fields of a persona that has their name, in a project that exists. Throws a WriteConflict as above, and where another change comes first. */
export async function changeNamed(path: PersonaPath, fields: NewPersona): Promise<void> {
  const { persona: before, version } = await getNamed(path, fields.name);
  const after = changed(before, fields, new Date().toISOString());
  checkSize(after);
  await write(replace(path, after, version));
}

/** A persona and, where one is asked for, the record of an image. Refuses where the project or the persona is gone. */
async function getWithImage({ projectId, personaId }: PersonaPath, imageId: string | null | undefined) {
  const wanted = [keys.project(projectId), keys.persona(projectId, personaId)];
  if (imageId) wanted.push(keys.image(projectId, imageId));
  const [project, persona, image] = await getItems(...wanted);
  projects.fromItem(project);
  return [fromItem(persona), recordFrom(image)] as const;
}

/**
 * Gives the persona the portrait that was drawn for it and is stored, and records that image, all or nothing, with `notes`. Refuses where
 * the project or the persona is gone.
 */
export async function attachPortrait(
  path: PersonaPath,
  { imageId, model, notes }: { readonly imageId: string; readonly model: string; readonly notes: readonly Write[] },
): Promise<Tagged> {
  return retryConflicts(async () => {
    const { persona: before, version } = await get(path);
    const after = changed(before, { imageUrl: imageId }, new Date().toISOString());
    const next = newVersion();
    await write(
      replace(path, after, version, next),
      ...recording(path.projectId, imageId, portraitRole, { personaId: path.personaId, model }),
      ...referring(path, before.imageUrl, imageId),
      ...notes,
    );
    return { persona: after, tag: tagOf(next) };
  });
}

/** After a persona was given an image, which may be marked as dying since it was read: see images.remove. */
async function detachIfDying(path: PersonaPath, imageId: string): Promise<void> {
  if (!recordFrom(await getItem(keys.image(path.projectId, imageId)))) await detachImage(path, imageId);
}

/** Takes an image that is gone, or going, from the persona, if that refers to it. */
export async function detachImage(path: PersonaPath, imageId: string): Promise<void> {
  const { projectId, personaId } = path;
  await retryConflicts(async () => {
    const item = await getItem(keys.persona(projectId, personaId));
    const found = item && fromItem(item);
    const removal = referring(path, imageId, undefined);
    if (found?.persona.imageUrl !== imageId) return write(...removal);
    const after = changed(found.persona, { imageUrl: null }, new Date().toISOString());
    return write(replace(path, after, found.version), ...removal);
  });
}

/**
 * The name is free at once. Refuses where the project or the persona is gone, or the persona's version is not what the caller
 * demands.
 */
export async function remove(path: PersonaPath, precondition: Precondition): Promise<void> {
  const { projectId, personaId } = path;
  await retryConflicts(async () => {
    const { persona, version, tag } = await get(path);
    if (!precondition(tag)) throw versionMismatch();
    await write(
      {
        Delete: {
          Key: keys.persona(projectId, personaId),
          ConditionExpression: 'version = :version',
          ExpressionAttributeValues: { ':version': version },
        },
        otherwise: writeConflict,
      },
      freeName(projectId, persona.name),
      ...referring(path, persona.imageUrl, undefined),
    );
  });
}

/** A persona as its item holds it. */
interface Kept extends Tagged {
  readonly version: number;
}

/** Reads a persona from its item. Refuses where there is none. */
function fromItem(item: Item | undefined): Kept {
  if (!item) throw personaNotFound();
  const version = Number(item.version);
  return { persona: fromWire(String(item.persona)), version, tag: tagOf(version) };
}

/** Replaces the persona, if it still has this version. */
const replace = (
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
  otherwise: writeConflict,
  condition: {
    key: keys.persona(projectId, personaId),
    holds: (item) => [version, next].includes(Number(item?.version)),
  },
});

const holdName = (projectId: string, { id, name }: Persona): Write => ({
  Put: { Item: { ...keys.name(projectId, name), personaId: id }, ConditionExpression: 'attribute_not_exists(PK)' },
  otherwise: () => nameTaken(name),
  condition: { key: keys.name(projectId, name), holds: (holder) => !holder || holder.personaId === id },
});

const freeName = (projectId: string, name: string): Write => ({ Delete: { Key: keys.name(projectId, name) } });

/** The writes that note which image a persona refers to, in the same transaction as the change of the persona. */
const referring = (
  { projectId, personaId }: PersonaPath,
  before: string | undefined,
  after: string | undefined,
): Write[] => {
  if (before === after) return [];
  const referrer = (imageId: string) => keys.referrer(projectId, imageId, personaId);
  return [
    ...(before ? [{ Delete: { Key: referrer(before) } }] : []),
    ...(after ? [{ Put: { Item: referrer(after) } }] : []),
  ];
};

import type { IdempotentRequest, Once } from '../domain/idempotency.ts';
import { portraitRole } from '../domain/image-role.ts';
import { newId } from '../domain/new-id.ts';
import {
  applyChanges,
  checkSize,
  fromWire,
  newPersona,
  type Persona,
  type PersonaPath,
  toWire,
} from '../domain/persona.ts';
import type { NewPersona, PersonaChanges } from '../domain/persona-requests.ts';
import { type PersonasQuery, searchOf, selectFields } from '../domain/personas-query.ts';
import type { Project, ProjectPath } from '../domain/project.ts';
import { imageUnknown, nameTaken, personaNotFound, versionMismatch } from '../domain/refusal.ts';
import { newVersion, type Precondition, tagOf } from '../domain/version.ts';
import { getItem, getItems, type Item, retryConflicts, type Write, write, writeConflict } from './dynamo.ts';
import { once } from './idempotency.ts';
import { adoptionWrites, imageWrites, recordFrom } from './image-records.ts';
import { maxPerPage, queryPages, readPage, searchPage } from './lists.ts';
import * as projects from './projects.ts';
import { keys, lists, nameIn } from './table.ts';

/** A persona with the tag of its version. */
export interface Tagged {
  readonly persona: Persona;
  readonly tag: string;
}

/** Refuses if the project does not exist or the name is taken. */
export async function create(
  path: ProjectPath,
  fields: NewPersona,
  request?: IdempotentRequest,
): Promise<Once<Tagged>> {
  const persona = newPersona(fields, newId());
  await projects.mustExist(path);
  return once(path, request, persona.id, {
    make: (_, idempotencyWrites) => insert(path, persona, idempotencyWrites),
    find: (personaId) => get({ ...path, personaId }),
  });
}

/** Stores a new persona in an existing project. Refuses if the name is taken. */
export async function insert(
  { projectId }: ProjectPath,
  persona: Persona,
  idempotencyWrites: readonly Write[] = [],
): Promise<Tagged> {
  checkSize(persona);
  const path = { projectId, personaId: persona.id };
  const version = newVersion();
  const item = { ...keys.persona(projectId, persona.id), persona: toWire(persona), version };
  await write(
    ...idempotencyWrites,
    { Put: { Item: item } },
    reserveName(projectId, persona),
    ...referrerWrites(path, undefined, persona.imageUrl),
  );
  if (persona.imageUrl) await detachIfDeleted(path, persona.imageUrl);
  return { persona, tag: tagOf(version) };
}

/** The persona that has a name, or undefined. */
export async function holderOf({ projectId }: ProjectPath, name: string): Promise<{ readonly id: string } | undefined> {
  const item = await getItem(keys.name(projectId, name));
  return item && { id: String(item.personaId) };
}

/** A BatchGetItem returns at most 16 MB; a persona has at most 350 KB. */
const personasPerRead = 40;

/** The names of these personas by id, as far as they exist. */
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

/** The names of a project's personas with this prefix. */
export async function namesFrom({ projectId }: ProjectPath, prefix: string): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const page of queryPages(lists.names(projectId, prefix), ['SK'], {})) {
    for (const { SK } of page) names.add(nameIn(SK));
  }
  return names;
}

/** A persona and its project, in one call. Refuses if one of them does not exist. */
export async function get({
  projectId,
  personaId,
}: PersonaPath): Promise<StoredPersona & { readonly project: Project }> {
  const [projectItem, item] = await getItems(keys.project(projectId), keys.persona(projectId, personaId));
  const project = projects.fromItem(projectItem);
  return { project, ...fromItem(item) };
}

/** The persona without its project; undefined if it does not exist. */
export async function find({ projectId, personaId }: PersonaPath): Promise<Persona | undefined> {
  const item = await getItem(keys.persona(projectId, personaId));
  return item && fromItem(item).persona;
}

/** Restores the item that reserves a persona's name. Refuses if another persona has the name. */
export async function reserveOwnName(path: PersonaPath): Promise<void> {
  const persona = await find(path);
  if (persona) await write(reserveName(path.projectId, persona));
}

/** Writes or removes the referrer of an image, depending on whether the persona refers to it. */
export async function recordReference(path: PersonaPath, imageId: string): Promise<void> {
  const persona = await find(path);
  await write(
    ...(persona?.imageUrl === imageId
      ? referrerWrites(path, undefined, imageId)
      : referrerWrites(path, imageId, undefined)),
  );
}

/** Turns a persona's wire form into an entry of a list: all of its fields or some. */
type FormOf = (wire: string) => string;

/**
 * The personas of a project, oldest first, as JSON texts: with `limit` in one batch, otherwise in batches as DynamoDB returns them. Refuses, before
 * the first batch, if the project does not exist.
 */
export async function list(path: ProjectPath, query: PersonasQuery) {
  const { fields } = query;
  const formOf: FormOf = fields ? (wire) => selectFields(wire, fields) : (wire) => wire;
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
  const pages = queryPages(lists.personas(path.projectId), ['persona'], query, maxPerPage);
  const first = await projects.ifExists(path, pages.next());
  for (let page = first; !page.done; page = await pages.next()) {
    const wires = page.value.map(({ persona }) => persona);
    yield (matches ? wires.filter(matches) : wires).map(formOf);
  }
}

/**
 * Changes a persona and returns it. After a concurrent change, it starts again from the changed persona. Refuses if the project or the persona does
 * not exist, the precondition does not hold, the new name is taken, or the new image does not exist in this project.
 */
export async function update(path: PersonaPath, changes: PersonaChanges, precondition: Precondition): Promise<Tagged> {
  const { projectId } = path;
  const { imageUrl } = changes;
  return retryConflicts(async () => {
    const [{ persona: before, version, tag }, image] = await getWithImage(path, imageUrl);
    if (!precondition(tag)) throw versionMismatch();
    const after = applyChanges(before, changes, new Date().toISOString());
    if (after === before) return { persona: before, tag };
    checkSize(after);
    const isNewImage = imageUrl && imageUrl !== before.imageUrl;
    if (isNewImage && !image) throw imageUnknown();
    const next = newVersion();
    await write(
      replace(path, after, version, next),
      ...(after.name === before.name ? [] : [reserveName(projectId, after), releaseName(projectId, before.name)]),
      ...referrerWrites(path, before.imageUrl, after.imageUrl),
      ...(isNewImage && image ? adoptionWrites(path, imageUrl, image) : []),
    );
    if (isNewImage) await detachIfDeleted(path, imageUrl);
    return { persona: after, tag: tagOf(next) };
  });
}

/** A persona of an existing project that has this name. Throws a WriteConflict if it does not have it any more, or does not exist. */
export async function getNamed({ projectId, personaId }: PersonaPath, name: string): Promise<StoredPersona> {
  const item = await getItem(keys.persona(projectId, personaId));
  const stored = item && fromItem(item);
  if (stored?.persona.name !== name) throw writeConflict();
  return stored;
}

/** Sets the fields of a persona that has their name. Throws a WriteConflict as above, and after a concurrent change. */
export async function changeNamed(path: PersonaPath, fields: NewPersona): Promise<void> {
  const { persona: before, version } = await getNamed(path, fields.name);
  const after = applyChanges(before, fields, new Date().toISOString());
  checkSize(after);
  await write(replace(path, after, version));
}

/** A persona and the record of an image, if `imageId` is given. Refuses if the project or the persona does not exist. */
async function getWithImage({ projectId, personaId }: PersonaPath, imageId: string | null | undefined) {
  const wanted = [keys.project(projectId), keys.persona(projectId, personaId)];
  if (imageId) wanted.push(keys.image(projectId, imageId));
  const [project, persona, image] = await getItems(...wanted);
  projects.fromItem(project);
  return [fromItem(persona), recordFrom(image)] as const;
}

/**
 * Records a drawn and stored portrait and makes it the persona's current one, in one transaction. Refuses if the project or the persona does not
 * exist.
 */
export async function attachPortrait(
  path: PersonaPath,
  {
    imageId,
    model,
    idempotencyWrites,
  }: { readonly imageId: string; readonly model: string; readonly idempotencyWrites: readonly Write[] },
): Promise<Tagged> {
  return retryConflicts(async () => {
    const { persona: before, version } = await get(path);
    const after = applyChanges(before, { imageUrl: imageId }, new Date().toISOString());
    const next = newVersion();
    await write(
      replace(path, after, version, next),
      ...imageWrites(path.projectId, imageId, portraitRole, { personaId: path.personaId, model }),
      ...referrerWrites(path, before.imageUrl, imageId),
      ...idempotencyWrites,
    );
    return { persona: after, tag: tagOf(next) };
  });
}

/** Called after a persona got an image, which may have been marked as deleted after it was read: see images.markDeleted. */
async function detachIfDeleted(path: PersonaPath, imageId: string): Promise<void> {
  if (!recordFrom(await getItem(keys.image(path.projectId, imageId)))) await detachImage(path, imageId);
}

/** Removes a deleted image from a persona, if that refers to it. */
export async function detachImage(path: PersonaPath, imageId: string): Promise<void> {
  const { projectId, personaId } = path;
  await retryConflicts(async () => {
    const item = await getItem(keys.persona(projectId, personaId));
    const found = item && fromItem(item);
    const removal = referrerWrites(path, imageId, undefined);
    if (found?.persona.imageUrl !== imageId) return write(...removal);
    const after = applyChanges(found.persona, { imageUrl: null }, new Date().toISOString());
    return write(replace(path, after, found.version), ...removal);
  });
}

/**
 * Deletes a persona; its name is free at once. Refuses if the project or the persona does not exist, or the precondition does not
 * hold.
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
      releaseName(projectId, persona.name),
      ...referrerWrites(path, persona.imageUrl, undefined),
    );
  });
}

/** A persona as it is stored. */
interface StoredPersona extends Tagged {
  readonly version: number;
}

/** Parses a persona from its item. Refuses if there is none. */
function fromItem(item: Item | undefined): StoredPersona {
  if (!item) throw personaNotFound();
  const version = Number(item.version);
  return { persona: fromWire(String(item.persona)), version, tag: tagOf(version) };
}

/** Replaces a persona if it still has this version. */
const replace = (
  { projectId, personaId }: PersonaPath,
  persona: Persona,
  version: number,
  next = newVersion(),
): Write => ({
  Update: {
    Key: keys.persona(projectId, personaId),
    UpdateExpression: 'SET persona = :persona, version = :next',
    // The version is the next one if the answer to a first attempt was lost and the SDK tried again.
    ConditionExpression: 'version IN (:version, :next)',
    ExpressionAttributeValues: { ':persona': toWire(persona), ':next': next, ':version': version },
  },
  otherwise: writeConflict,
  condition: {
    key: keys.persona(projectId, personaId),
    holds: (item) => [version, next].includes(Number(item?.version)),
  },
});

const reserveName = (projectId: string, { id, name }: Persona): Write => ({
  Put: { Item: { ...keys.name(projectId, name), personaId: id }, ConditionExpression: 'attribute_not_exists(PK)' },
  otherwise: () => nameTaken(name),
  condition: { key: keys.name(projectId, name), holds: (holder) => !holder || holder.personaId === id },
});

const releaseName = (projectId: string, name: string): Write => ({ Delete: { Key: keys.name(projectId, name) } });

/** The writes that record which image a persona refers to, for the transaction that changes the persona. */
const referrerWrites = (
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

import { getItems } from '../storage/dynamo.ts';
import type { ImageRecord } from '../storage/image-records.ts';
import { queryPages } from '../storage/lists.ts';
import * as objects from '../storage/objects.ts';
import { keys, lists } from '../storage/table.ts';

/** What is stored of a project, as far as its parts have to agree. */
export interface Snapshot {
  readonly projectId: string;
  /** Undefined where the project does not exist; so with the entry in the directory. */
  readonly name: string | undefined;
  readonly listedName: string | undefined;
  readonly tombstone: boolean;
  readonly personas: Map<string, { readonly name: string; readonly imageUrl?: string }>;
  /** The persona that holds a name. */
  readonly names: Map<string, string>;
  readonly images: Map<string, ImageRecord>;
  /** Pairs of ids as their sort keys have them. */
  readonly roles: Set<string>;
  readonly portraits: Set<string>;
  readonly referrers: Set<string>;
  /** The ids of the keys that are listed, and of those whose records are there. */
  readonly listedKeys: Set<string>;
  readonly keyRecords: Set<string>;
  /** When each object was stored, by the image's id. */
  readonly objects: Map<string, Date>;
  /** Sort keys of items that cannot be read, or that nobody knows. */
  readonly unreadable: string[];
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Reads all of a project. Others may change it meanwhile: what looks wrong then has to look wrong once more. */
export async function readSnapshot(projectId: string): Promise<Snapshot> {
  const [project, listing, tombstone] = await getItems(
    keys.project(projectId),
    keys.directoryEntry(projectId),
    keys.tombstone(projectId),
  );
  const snapshot: Mutable<Snapshot> = {
    projectId,
    name: project && String(project.name),
    listedName: listing && String(listing.name),
    tombstone: tombstone !== undefined,
    personas: new Map(),
    names: new Map(),
    images: new Map(),
    roles: new Set(),
    portraits: new Set(),
    referrers: new Set(),
    listedKeys: new Set(),
    keyRecords: new Set(),
    objects: new Map(),
    unreadable: [],
  };
  for await (const page of queryPages(
    lists.everythingOf(projectId),
    ['SK', 'persona', 'personaId', 'role', 'dying'],
    {},
  ))
    for (const item of page) if (!takeItem(snapshot, item)) snapshot.unreadable.push(item.SK);
  for await (const page of objects.listPages(projectId))
    for (const { imageId, storedAt } of page) snapshot.objects.set(imageId, storedAt);
  const keyIds = [...snapshot.listedKeys];
  for (let start = 0; start < keyIds.length; start += keysAtOnce) {
    const some = keyIds.slice(start, start + keysAtOnce);
    const records = await getItems(...some.map(keys.keyRecord));
    for (const [index, keyId] of some.entries()) if (records[index]) snapshot.keyRecords.add(keyId);
  }
  return snapshot;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const keysAtOnce = 100;

interface StoredItem {
  readonly SK: string;
  readonly persona: string;
  readonly personaId: string;
  readonly role: string;
  readonly dying: string;
}

/** Answers whether it knows the item and can read it. Those that expire by themselves are in nobody's way. */
function takeItem(snapshot: Snapshot, { SK, persona, personaId, role, dying }: StoredItem): boolean {
  const [kind = '', rest = ''] = split(SK);
  switch (kind) {
    case 'PROJECT':
    case 'DRAWING':
    case 'IDEMPOTENCY':
    case 'QUOTA':
      return true;
    case 'PERSONA':
      return takePersona(snapshot, rest, persona);
    case 'NAME':
      snapshot.names.set(rest, personaId);
      return personaId !== '';
    case 'IMAGE':
      snapshot.images.set(rest, { role, ...(personaId && { personaId }), ...(dying && { dying }) });
      return role !== '';
    case 'ROLE':
      snapshot.roles.add(rest);
      return true;
    case 'PORTRAIT':
      snapshot.portraits.add(rest);
      return true;
    case 'REFERRER':
      snapshot.referrers.add(rest);
      return true;
    case 'KEY':
      snapshot.listedKeys.add(rest);
      return true;
    default:
      return false;
  }
}

function takePersona({ personas }: Snapshot, id: string, wire: string): boolean {
  try {
    const { name, imageUrl } = JSON.parse(wire);
    personas.set(id, { name, ...(imageUrl && { imageUrl }) });
    return typeof name === 'string';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** In two, at the first `#`; a name may hold others. */
function split(sortKey: string): [string, string] {
  const at = sortKey.indexOf('#');
  return at < 0 ? [sortKey, ''] : [sortKey.slice(0, at), sortKey.slice(at + 1)];
}

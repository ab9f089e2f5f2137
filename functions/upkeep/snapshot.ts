import { getItems } from '../storage/dynamo.ts';
import type { ImageRecord } from '../storage/image-records.ts';
import { queryPages } from '../storage/lists.ts';
import * as objects from '../storage/objects.ts';
import { keys, lists } from '../storage/table.ts';

/** The stored data of a project, as far as it has to be consistent. */
export interface Snapshot {
  readonly projectId: string;
  /** Undefined if the project does not exist; `listedName`: if the directory has no entry for it. */
  readonly name: string | undefined;
  readonly listedName: string | undefined;
  readonly tombstone: boolean;
  readonly personas: Map<string, { readonly name: string; readonly imageUrl?: string }>;
  /** Persona ids by name. */
  readonly names: Map<string, string>;
  readonly images: Map<string, ImageRecord>;
  /** Pairs of ids, as in the sort keys. */
  readonly roles: Set<string>;
  readonly portraits: Set<string>;
  readonly referrers: Set<string>;
  /** The ids of listed keys, and of those with a record. */
  readonly listedKeys: Set<string>;
  readonly keyRecords: Set<string>;
  /** When each object was stored, by image id. */
  readonly objects: Map<string, Date>;
  /** Sort keys of items that cannot be parsed or are of an unknown kind. */
  readonly unreadable: string[];
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Reads a project, which may change meanwhile: a finding has to be confirmed by a second snapshot. */
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
    ['SK', 'persona', 'personaId', 'role', 'deletedAt'],
    {},
  ))
    for (const item of page) if (!addItem(snapshot, item)) snapshot.unreadable.push(item.SK);
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
  readonly deletedAt: string;
}

/** Adds an item to the snapshot. Returns false for an unknown or invalid one. Items that expire are ignored. */
function addItem(snapshot: Snapshot, { SK, persona, personaId, role, deletedAt }: StoredItem): boolean {
  const [kind = '', rest = ''] = split(SK);
  switch (kind) {
    case 'PROJECT':
    case 'DRAWING':
    case 'IDEMPOTENCY':
    case 'QUOTA':
      return true;
    case 'PERSONA':
      return addPersona(snapshot, rest, persona);
    case 'NAME':
      snapshot.names.set(rest, personaId);
      return personaId !== '';
    case 'IMAGE':
      snapshot.images.set(rest, { role, ...(personaId && { personaId }), ...(deletedAt && { deletedAt }) });
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

function addPersona({ personas }: Snapshot, id: string, wire: string): boolean {
  try {
    const { name, imageUrl } = JSON.parse(wire);
    personas.set(id, { name, ...(imageUrl && { imageUrl }) });
    return typeof name === 'string';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Splits at the first `#`; a name may contain others. */
function split(sortKey: string): [string, string] {
  const at = sortKey.indexOf('#');
  return at < 0 ? [sortKey, ''] : [sortKey.slice(0, at), sortKey.slice(at + 1)];
}

import type { Snapshot } from './snapshot.ts';

/** The possible inconsistencies of a project's data. `left`: remains of a deletion, invisible and harmless. */
export const kinds = {
  'project-left': { left: true, says: 'Data of a deleted project is left' },
  'project-unlisted': { left: false, says: 'The directory does not list the project under its name' },
  'name-missing': { left: false, says: 'The name of a persona is not reserved for it' },
  'name-left': { left: false, says: 'A name is reserved for a persona that does not have it' },
  'image-missing': { left: false, says: 'A persona has an image that does not exist' },
  'referrer-missing': { left: false, says: 'A persona that uses an image is not among its referrers' },
  'referrer-left': { left: true, says: 'A persona that does not use an image is among its referrers' },
  'object-missing': { left: false, says: 'The object of an image is missing' },
  'object-left': { left: true, says: 'An object has no record' },
  'role-missing': { left: false, says: 'An image is not in the list of its role' },
  'role-left': { left: false, says: 'The list of a role has an image that does not exist' },
  'portrait-missing': { left: false, says: 'A portrait is not in the list of its persona' },
  'portrait-left': { left: true, says: 'The list of a persona has a portrait that does not exist' },
  'image-left': { left: true, says: 'The deletion of an image is not finished' },
  'portrait-unkept': { left: true, says: 'A persona has more portraits than are kept, or is deleted' },
  'key-left': { left: true, says: 'A listed key does not exist' },
  'key-unlisted': { left: false, says: 'A key is not in the list of its project' },
  unreadable: { left: false, says: 'An item cannot be parsed' },
} as const;

export type Kind = keyof typeof kinds;

export interface Finding {
  readonly kind: Kind;
  readonly projectId: string;
  /** The ids of the items concerned, in the order of the sort key, or the sort key itself. */
  readonly about: readonly string[];
}

export interface Limits {
  /** An object without a record that was stored later may still get one. */
  readonly storedBefore: Date;
  /** How many portraits of a persona are kept, even if unused; 0: all. */
  readonly keepPortraits: number;
}

/** All findings in a snapshot. */
export function findingsOf(snapshot: Snapshot, limits: Limits): Finding[] {
  const { projectId, name } = snapshot;
  if (name === undefined) return isEmpty(snapshot) ? [] : [{ kind: 'project-left', projectId, about: [] }];
  const found = [
    ...ofProject(snapshot),
    ...ofPersonas(snapshot),
    ...ofImages(snapshot, limits),
    ...ofPortraits(snapshot, limits),
  ];
  return found.map(([kind, ...about]) => ({ kind, projectId, about }));
}

type Found = readonly [Kind, ...string[]];

function isEmpty({ listedName, tombstone, objects, unreadable, ...parts }: Snapshot): boolean {
  const { personas, names, images, roles, portraits, referrers, listedKeys } = parts;
  const counted = [personas, names, images, roles, portraits, referrers, listedKeys, objects];
  return listedName === undefined && !tombstone && counted.every(({ size }) => size === 0) && unreadable.length === 0;
}

function* ofProject({ name, listedName, listedKeys, keyRecords, unreadable }: Snapshot): Generator<Found> {
  if (name !== listedName) yield ['project-unlisted'];
  for (const keyId of listedKeys) if (!keyRecords.has(keyId)) yield ['key-left', keyId];
  for (const sortKey of unreadable) yield ['unreadable', sortKey];
}

function* ofPersonas({ personas, names, images, referrers }: Snapshot): Generator<Found> {
  for (const [id, { name, imageUrl }] of personas) {
    if (names.get(name) !== id) yield ['name-missing', name, id];
    // An image that is being deleted still has a record, and will be removed from the persona.
    if (imageUrl && !images.has(imageUrl)) yield ['image-missing', imageUrl, id];
    else if (imageUrl && !referrers.has(`${imageUrl}#${id}`)) yield ['referrer-missing', imageUrl, id];
  }
  for (const [name, id] of names) if (personas.get(id)?.name !== name) yield ['name-left', name, id];
  for (const referrer of referrers) {
    const [imageId = '', id = ''] = referrer.split('#');
    if (personas.get(id)?.imageUrl !== imageId) yield ['referrer-left', imageId, id];
  }
}

function* ofImages({ images, roles, portraits, objects }: Snapshot, { storedBefore }: Limits): Generator<Found> {
  for (const [imageId, { role, personaId, deletedAt }] of images) {
    if (deletedAt) {
      yield ['image-left', imageId];
      continue;
    }
    if (!objects.has(imageId)) yield ['object-missing', imageId];
    if (!roles.has(`${role}#${imageId}`)) yield ['role-missing', role, imageId];
    if (personaId && !portraits.has(`${personaId}#${imageId}`)) yield ['portrait-missing', personaId, imageId];
  }
  for (const [imageId, storedAt] of objects)
    if (!images.has(imageId) && storedAt < storedBefore) yield ['object-left', imageId];
  const listed = [
    ...[...roles].map((pair) => ['role-left', pair]),
    ...[...portraits].map((pair) => ['portrait-left', pair]),
  ];
  for (const [kind, pair = ''] of listed) {
    const [list = '', imageId = ''] = pair.split('#');
    const record = images.get(imageId);
    if (!record || record.deletedAt) yield [kind as Kind, list, imageId];
  }
}

function* ofPortraits(
  { personas, images, portraits, referrers }: Snapshot,
  { keepPortraits }: Limits,
): Generator<Found> {
  const referred = new Set([...referrers].map((referrer) => referrer.split('#')[0]));
  const drawn = Map.groupBy(
    [...portraits].toSorted().map((pair) => pair.split('#')),
    ([personaId = '']) => personaId,
  );
  for (const [personaId, pairs] of drawn) {
    const kept = personas.has(personaId) ? keepPortraits || pairs.length : 0;
    const unkept = pairs.slice(0, Math.max(0, pairs.length - kept)).map(([, imageId = '']) => imageId);
    if (unkept.some((imageId) => images.has(imageId) && !images.get(imageId)?.deletedAt && !referred.has(imageId)))
      yield ['portrait-unkept', personaId];
  }
}

const textOf = ({ kind, projectId, about }: Finding) => [kind, projectId, ...about].join(' ');

/** The findings that were there before, too: others may come from a change in progress. */
export function confirm(before: readonly Finding[], now: readonly Finding[]): Finding[] {
  const known = new Set(before.map(textOf));
  return now.filter((finding) => known.has(textOf(finding)));
}

import type { Snapshot } from './snapshot.ts';

/** What may be wrong with the data of a project. `left`: something is left behind that nobody sees, and in nobody's way. */
export const kinds = {
  'project-left': { left: true, says: 'Something of a deleted project is left' },
  'project-unlisted': { left: false, says: 'The directory does not list the project by its name' },
  'name-missing': { left: false, says: 'A persona does not hold its name' },
  'name-left': { left: false, says: 'A name is held for a persona that does not bear it' },
  'image-missing': { left: false, says: 'A persona has an image that does not exist' },
  'referrer-missing': { left: false, says: 'An image does not know that a persona has it' },
  'referrer-left': { left: true, says: 'An image is noted for a persona that does not have it' },
  'object-missing': { left: false, says: 'The bytes of an image are lost' },
  'object-left': { left: true, says: 'An object has no record' },
  'role-missing': { left: false, says: 'An image is not listed by its role' },
  'role-left': { left: false, says: 'A list of a role names an image that does not exist' },
  'portrait-missing': { left: false, says: 'A portrait is not listed for the persona for which it was drawn' },
  'portrait-left': { left: true, says: 'A list of portraits names an image that does not exist' },
  'image-dying': { left: true, says: 'The deletion of an image has not come to its end' },
  'portrait-unkept': { left: true, says: 'A persona has more portraits than are kept, or is gone itself' },
  'key-left': { left: true, says: 'A listed key opens nothing' },
  'key-unlisted': { left: false, says: 'A key opens a project that does not list it' },
  unreadable: { left: false, says: 'An item cannot be read' },
} as const;

export type Kind = keyof typeof kinds;

export interface Finding {
  readonly kind: Kind;
  readonly projectId: string;
  /** What it is about: the ids in the order of the sort key, or the sort key itself. */
  readonly about: readonly string[];
}

export interface Limits {
  /** Objects without a record that were stored later may still get one. */
  readonly storedBefore: Date;
  /** Portraits of a persona that are kept though nobody refers to them; 0: all. */
  readonly keepPortraits: number;
}

/** Whatever is wrong with a project at a moment. */
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
    // One that is dying is being taken from it.
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
  for (const [imageId, { role, personaId, dying }] of images) {
    if (dying) {
      yield ['image-dying', imageId];
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
    if (!record || record.dying) yield [kind as Kind, list, imageId];
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
    if (unkept.some((imageId) => images.has(imageId) && !images.get(imageId)?.dying && !referred.has(imageId)))
      yield ['portrait-unkept', personaId];
  }
}

const textOf = ({ kind, projectId, about }: Finding) => [kind, projectId, ...about].join(' ');

/** Those that were there before, too: what somebody else was about to change is not wrong. */
export function confirmed(before: readonly Finding[], now: readonly Finding[]): Finding[] {
  const known = new Set(before.map(textOf));
  return now.filter((finding) => known.has(textOf(finding)));
}

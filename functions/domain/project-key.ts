/**
 * Keys of one project, in the form `pers_<stage>_<keyId>_<secret><checksum>`. Secret scanners find them by the prefix, the checksum detects
 * typos without a look-up, and the secret has 190 random bits.
 */
import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod/mini';
import { annotate, type Description } from './description.ts';
import { absentOr, Id } from './fields.ts';
import { Name } from './name.ts';

export const KeyPath = z.object({ projectId: Id, keyId: Id });
export type KeyPath = z.infer<typeof KeyPath>;

const Access = z.enum(['read', 'write'], 'access must be "read" or "write"');
const inFuture = 'expiresAt must be a time in the future, in ISO 8601 with its offset';

const meanings = { name: 'The name of the key.', access: 'What the key may do in its project.' };

export const NewKey = z.object({
  name: Name,
  access: Access,
  expiresAt: absentOr(
    z.iso
      .datetime({ offset: true, error: inFuture })
      .check(z.refine((time) => Date.parse(time) > Date.now(), inFuture)),
  ),
});
export type NewKey = z.infer<typeof NewKey>;
/* @__PURE__ */ annotate(NewKey, () => ({
  description: 'A key to create.',
  fields: {
    ...meanings,
    expiresAt: 'When it expires: a time in the future in ISO 8601, with its offset. Default: never.',
  },
}));

/** A key in lists: everything but the key itself. Times are ISO 8601 in UTC. */
export const ListedKey = z.object({
  id: z.string(),
  name: z.string(),
  access: Access,
  lastFour: z.string(),
  createdAt: z.string(),
  expiresAt: z.optional(z.string()),
});
export type ListedKey = z.infer<typeof ListedKey>;
/** Descriptions of a key, with further fields or without. */
export const describeKey = (description: string, further: Description['fields'] = {}): Description => ({
  description,
  fields: {
    ...meanings,
    id: 'The id of the key, to revoke it.',
    lastFour: 'The last four characters of the key, to recognise it.',
    createdAt: 'When it was created: ISO 8601 in UTC, with milliseconds.',
    expiresAt: 'When it expires: ISO 8601 in UTC. Absent: never.',
    ...further,
  },
  formats: { id: 'uuid', createdAt: 'date-time', expiresAt: 'date-time' },
});
/* @__PURE__ */ annotate(ListedKey, () => describeKey('A key of a project, without the key itself.'));

/** What is stored to check a key. `hash` is the SHA-256 of the whole key, `expiresAt` is in seconds since 1970. */
export const KeyRecord = z.object({
  projectId: z.string(),
  access: Access,
  hash: z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === 32),
  expiresAt: z.optional(z.number()),
});
export type KeyRecord = z.infer<typeof KeyRecord>;

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const secretLength = 32;
const checksumLength = 6;

/** A new key, which is returned once and never stored. */
export function makeKey(stage: string, keyId: string): string {
  const secret = Array.from({ length: secretLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  const body = `pers_${stage}_${keyId}_${secret}`;
  return body + checksum(body);
}

const form = /^(pers_[a-z0-9-]+_([0-9a-f-]{36})_[0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

/** The id in a key; undefined if the text is not a key or has a typo. */
export function keyIdOf(text: string): string | undefined {
  const [, body = '', keyId, sum] = form.exec(text) ?? [];
  return keyId && checksum(body) === sum ? keyId : undefined;
}

export const hashOf = (key: string): Uint8Array => createHash('sha256').update(key).digest();

/** CRC-32 in base 62, as in GitHub's tokens. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let digit = 0; digit < checksumLength; digit++) {
    digits = alphabet[rest % alphabet.length] + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}

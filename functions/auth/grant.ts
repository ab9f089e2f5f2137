import { timingSafeEqual } from 'node:crypto';
import { everything, type Grant } from '../domain/grant.ts';
import { hashOf, keyIdOf } from '../domain/project-key.ts';
import { adminKey } from '../storage/admin-key.ts';
import * as projectKeys from '../storage/project-keys.ts';

export interface KeyGrant extends Grant {
  /** Of the key, for the log. */
  readonly id: string;
}

/** For how long what is known of a key is remembered: a revoked one may work that long. */
const milliseconds = 60_000;
const most = 1_000;

/** Where a key is not the admin's, its secret is read again unless it was within this time: it may have been rotated. */
const rereadAfterMilliseconds = 5_000;

const remembered = new Map<string, Remembered>();

interface Remembered {
  readonly grant: KeyGrant;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** The grant of a key; undefined for a key that has none. */
export async function grantOf(key: string): Promise<KeyGrant | undefined> {
  const hash = hashOf(key);
  const keyId = keyIdOf(key);
  return keyId ? projectGrant(keyId, hash) : adminGrant(hash);
}

async function projectGrant(id: string, hash: Uint8Array): Promise<KeyGrant | undefined> {
  const name = Buffer.from(hash).toString('base64');
  const known = remembered.get(name);
  if (known && known.until > Date.now()) return known.grant;

  const record = await projectKeys.find(id);
  if (!record || !timingSafeEqual(record.hash, hash)) return undefined;
  const { projectId, access, expiresAt = Number.POSITIVE_INFINITY } = record;
  const grant = { id, projectId, access };
  if (remembered.size >= most) remembered.clear();
  remembered.set(name, { grant, until: Math.min(expiresAt * 1000, Date.now() + milliseconds) });
  return grant;
}

async function adminGrant(hash: Uint8Array): Promise<KeyGrant | undefined> {
  for (const age of [milliseconds, rereadAfterMilliseconds]) {
    if (timingSafeEqual(hashOf(await adminKey(age)), hash)) return { id: 'admin', ...everything };
  }
  return undefined;
}

import { timingSafeEqual } from 'node:crypto';
import { everything, type Grant } from '../domain/grant.ts';
import { hashOf, keyIdOf } from '../domain/project-key.ts';
import { adminKey } from '../storage/admin-key.ts';
import * as projectKeys from '../storage/project-keys.ts';

export interface KeyGrant extends Grant {
  /** The key's id, for the access log. */
  readonly id: string;
}

/** How long a grant is cached: a revoked key may work that long. */
const cacheMilliseconds = 60_000;
const maxCached = 1_000;

/** A key that does not match the cached admin key may be a rotated one: the secret is read again, unless it was read within this time. */
const rereadAfterMilliseconds = 5_000;

const cache = new Map<string, CachedGrant>();

interface CachedGrant {
  readonly grant: KeyGrant;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** The grant of a key; undefined for a wrong, expired or revoked key. */
export async function grantOf(key: string): Promise<KeyGrant | undefined> {
  const hash = hashOf(key);
  const keyId = keyIdOf(key);
  return keyId ? projectGrant(keyId, hash) : adminGrant(hash);
}

async function projectGrant(id: string, hash: Uint8Array): Promise<KeyGrant | undefined> {
  const name = Buffer.from(hash).toString('base64');
  const known = cache.get(name);
  if (known && known.until > Date.now()) return known.grant;

  const record = await projectKeys.find(id);
  if (!record || !timingSafeEqual(record.hash, hash)) return undefined;
  const { projectId, access, expiresAt = Number.POSITIVE_INFINITY } = record;
  const grant = { id, projectId, access };
  if (cache.size >= maxCached) cache.clear();
  cache.set(name, { grant, until: Math.min(expiresAt * 1000, Date.now() + cacheMilliseconds) });
  return grant;
}

async function adminGrant(hash: Uint8Array): Promise<KeyGrant | undefined> {
  for (const age of [cacheMilliseconds, rereadAfterMilliseconds]) {
    if (timingSafeEqual(hashOf(await adminKey(age)), hash)) return { id: 'admin', ...everything };
  }
  return undefined;
}

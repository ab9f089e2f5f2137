import { timingSafeEqual } from 'node:crypto';
import { hashOf, keyIdOf } from '../domain/project-key.ts';
import { adminKey } from '../storage/admin-key.ts';
import * as projectKeys from '../storage/project-keys.ts';

/** What a key may do, in one project or in all. */
export interface Grant {
  /** Of the key, for the log. */
  readonly id: string;
  /** `*` for every project. */
  readonly projectId: string;
  readonly access: 'read' | 'write' | 'admin';
}

/** For how long an answer is remembered: a revoked key may work that long. */
const milliseconds = 60_000;
const most = 1_000;

const remembered = new Map<string, Remembered>();

/** The grant of a key; undefined for a key that has none. Grants are remembered for a minute, refusals are not. */
export async function grantOf(key: string): Promise<Grant | undefined> {
  const hash = hashOf(key);
  const name = Buffer.from(hash).toString('base64');
  const known = remembered.get(name);
  if (known && known.until > Date.now()) return known.grant;

  const keyId = keyIdOf(key);
  const found = keyId ? await projectGrant(keyId, hash) : await adminGrant(hash);
  if (!found) return undefined;
  if (remembered.size >= most) remembered.clear();
  remembered.set(name, { ...found, until: Math.min(found.until, Date.now() + milliseconds) });
  return found.grant;
}

interface Remembered {
  readonly grant: Grant;
  /** In milliseconds since 1970. */
  readonly until: number;
}

async function projectGrant(id: string, hash: Uint8Array): Promise<Remembered | undefined> {
  const record = await projectKeys.find(id);
  if (!record || !timingSafeEqual(record.hash, hash)) return undefined;
  const { projectId, access, expiresAt = Number.POSITIVE_INFINITY } = record;
  return { grant: { id, projectId, access }, until: expiresAt * 1000 };
}

async function adminGrant(hash: Uint8Array): Promise<Remembered | undefined> {
  if (!timingSafeEqual(hashOf(await adminKey()), hash)) return undefined;
  return { grant: { id: 'admin', projectId: '*', access: 'admin' }, until: Number.POSITIVE_INFINITY };
}

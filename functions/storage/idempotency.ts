/**
 * Idempotency records: hashes of key and request, the id of what the request created, and an expiry. They hold no answers and no secrets;
 * a repeated request returns the present state of what was created.
 */
import * as z from 'zod/mini';
import type { IdempotentRequest, Once } from '../domain/idempotency.ts';
import { idempotencyInProgress, idempotencyKeyReused, Refusal } from '../domain/refusal.ts';
import { getItem, type Item, type Write } from './dynamo.ts';
import { keys } from './table.ts';

const daySeconds = 24 * 60 * 60;

const IdempotencyRecord = z.object({
  fingerprint: z.string(),
  /** The id of what was created; absent until then. */
  id: z.optional(z.string()),
  /** The code of a failure that may have cost money. */
  failure: z.optional(z.string()),
  /** Seconds since 1970. */
  expiresAt: z.number(),
});
export type IdempotencyRecord = z.infer<typeof IdempotencyRecord>;

/** The partition of a record: that of a project, or the directory of projects. */
type Place = { readonly projectId?: string };

const now = () => Math.floor(Date.now() / 1000);

/** The record of an earlier request with this key; undefined if there was none in the last 24 hours. Refuses another request. */
export async function findRecord(
  { projectId }: Place,
  request: IdempotentRequest,
): Promise<IdempotencyRecord | undefined> {
  const item = await getItem(keys.idempotency(projectId, request.key));
  const record = item && IdempotencyRecord.parse(item);
  if (!record || record.expiresAt < now()) return undefined;
  if (record.fingerprint !== request.fingerprint) throw idempotencyKeyReused();
  return record;
}

/**
 * The write that records a request for 24 hours. `known`: further attributes, such as the id of what the same transaction creates. Refuses if
 * there is a record.
 */
export function recordWrite(
  { projectId }: Place,
  request: IdempotentRequest,
  known: Item & { readonly id?: string } = {},
): Write {
  const key = keys.idempotency(projectId, request.key);
  const time = now();
  const isFree = (item: Item | undefined) =>
    !item || Number(item.expiresAt) < time || (known.id !== undefined && item.id === known.id);
  return {
    Put: {
      Item: { ...key, ...known, fingerprint: request.fingerprint, expiresAt: time + daySeconds },
      ConditionExpression: 'attribute_not_exists(PK) OR expiresAt < :now',
      ExpressionAttributeValues: { ':now': time },
    },
    otherwise: () => idempotencyInProgress(1),
    condition: { key, holds: isFree },
  };
}

/**
 * Creates something once for each Idempotency-Key. `make` gets its id, and writes that must come first in the transaction that creates it.
 * `find` returns what an earlier request created, by its id.
 */
export async function once<Result>(
  place: Place,
  request: IdempotentRequest | undefined,
  id: string,
  { make, find }: { make(id: string, idempotencyWrites: Write[]): Promise<Result>; find(id: string): Promise<Result> },
): Promise<Once<Result>> {
  if (!request) return { result: await make(id, []), isReplay: false };
  const earlier = await findRecord(place, request);
  if (earlier) return { result: await find(earlier.id ?? ''), isReplay: true };
  try {
    return { result: await make(id, [recordWrite(place, request, { id })]), isReplay: false };
  } catch (error) {
    // Without a record, the refusal has another reason.
    const record = isInProgress(error) ? await findRecord(place, request) : undefined;
    if (!record) throw error;
    return { result: await find(record.id ?? ''), isReplay: true };
  }
}

const isInProgress = (error: unknown): boolean =>
  error instanceof Refusal && error.code === idempotencyInProgress(0).code;

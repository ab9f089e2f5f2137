/**
 * What was asked under an Idempotency-Key, so that it is done once: hashes of the key and of the request, the id of what it made, and an
 * expiry. No answer and no secret; it is looked up as it is now.
 */
import * as z from 'zod/mini';
import type { IdempotentRequest, Once } from '../domain/idempotency.ts';
import { idempotencyInProgress, idempotencyKeyReused, Refusal } from '../domain/refusal.ts';
import { getItem, type Item, type Write } from './dynamo.ts';
import { keys } from './table.ts';

const daySeconds = 24 * 60 * 60;

const Note = z.object({
  fingerprint: z.string(),
  /** Of what was made; without one it is not made yet. */
  id: z.optional(z.string()),
  /** The code of a failure that may have cost. */
  failure: z.optional(z.string()),
  /** Seconds since 1970. */
  expiresAt: z.number(),
});
export type Note = z.infer<typeof Note>;

/** Where the notes lie: in a project, or beside the directory of projects. */
type Place = { readonly projectId?: string };

const now = () => Math.floor(Date.now() / 1000);

/** What is noted of an earlier request with this key; undefined where there was none in the last 24 hours. Refuses another request. */
export async function findNote({ projectId }: Place, request: IdempotentRequest): Promise<Note | undefined> {
  const item = await getItem(keys.idempotency(projectId, request.key));
  const note = item && Note.parse(item);
  if (!note || note.expiresAt < now()) return undefined;
  if (note.fingerprint !== request.fingerprint) throw idempotencyKeyReused();
  return note;
}

/**
 * The write that notes a request for 24 hours, with what is to be known of it, such as the id of what the same transaction makes. Refuses where it is
 * noted already.
 */
export function noteWrite(
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
 * Makes something once for each Idempotency-Key. `make` gets the id and the writes that note it, for the beginning of the transaction that makes it; `find`
 * finds by its id what an earlier request made.
 */
export async function once<Result>(
  place: Place,
  request: IdempotentRequest | undefined,
  id: string,
  { make, find }: { make(id: string, notes: Write[]): Promise<Result>; find(id: string): Promise<Result> },
): Promise<Once<Result>> {
  if (!request) return { result: await make(id, []), isReplay: false };
  const earlier = await findNote(place, request);
  if (earlier) return { result: await find(earlier.id ?? ''), isReplay: true };
  try {
    return { result: await make(id, [noteWrite(place, request, { id })]), isReplay: false };
  } catch (error) {
    // Another request with this key came first; one that is refused for another reason goes on.
    const note = isInProgress(error) ? await findNote(place, request) : undefined;
    if (!note) throw error;
    return { result: await find(note.id ?? ''), isReplay: true };
  }
}

const isInProgress = (error: unknown): boolean =>
  error instanceof Refusal && error.code === idempotencyInProgress(0).code;

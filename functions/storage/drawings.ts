/**
 * The state of drawings: a lease for each persona, so that only one portrait of it is drawn at a time, and the record of a drawing with an
 * Idempotency-Key, which is written before the provider is called.
 */
import { randomUUID } from 'node:crypto';
import type { IdempotentRequest } from '../domain/idempotency.ts';
import type { PersonaPath } from '../domain/persona.ts';
import {
  generationInProgress,
  idempotencyInProgress,
  imageOutcomeUnknown,
  providerFailed,
  providerTimedOut,
  Refusal,
} from '../domain/refusal.ts';
import { getItem, type Item, type Write, write } from './dynamo.ts';
import { findRecord, recordWrite } from './idempotency.ts';
import { keys } from './table.ts';

/** Seconds. The lease of a killed run expires after this time. */
const leaseTime = 45;
/** Milliseconds. */
const renewal = 15_000;

const now = () => Math.floor(Date.now() / 1000);

/** The remaining seconds of a lease: at least 1, or 0 if it has expired. */
const secondsLeft = (lease: Item | undefined) => Math.max(0, Number(lease?.expiresAt ?? 0) - now() + 1);

/** Runs the work while it holds the lease of this persona. Refuses if another drawing holds it. */
export async function withLease<Result>(
  path: PersonaPath,
  request: IdempotentRequest | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const token = randomUUID();
  await takeLease(path, request, token);
  const renewing = setInterval(() => void renewLease(path, token), renewal);
  try {
    return await work();
  } finally {
    clearInterval(renewing);
    await releaseLease(path, token);
  }
}

/** In one transaction with the request's record: a lease with the request's key means that the request is running. */
async function takeLease(path: PersonaPath, request: IdempotentRequest | undefined, token: string): Promise<void> {
  const key = keys.drawing(path.projectId, path.personaId);
  const time = now();
  const lease: Write = {
    Put: {
      Item: { ...key, token, idempotencyKey: request?.key, expiresAt: time + leaseTime },
      // The token is its own if the answer to a first attempt was lost and the SDK tried again.
      ConditionExpression: 'attribute_not_exists(PK) OR expiresAt < :now OR #token = :token',
      ExpressionAttributeNames: { '#token': 'token' },
      ExpressionAttributeValues: { ':now': time, ':token': token },
    },
    otherwise: () => generationInProgress(leaseTime),
  };
  try {
    await write(...(request ? [recordWrite(path, request)] : []), lease);
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind !== 'conflict') throw error;
    const left = secondsLeft(await getItem(key)) || 1;
    throw error.code === generationInProgress(0).code ? generationInProgress(left) : idempotencyInProgress(left);
  }
}

const ifOurs = { ConditionExpression: '#token = :token', ExpressionAttributeNames: { '#token': 'token' } };

/** If a renewal fails, the next one comes before the lease expires. Without the lease, the portrait is stored all the same. */
async function renewLease({ projectId, personaId }: PersonaPath, token: string): Promise<void> {
  const renewed: Write = {
    Update: {
      Key: keys.drawing(projectId, personaId),
      UpdateExpression: 'SET expiresAt = :end',
      ...ifOurs,
      ExpressionAttributeValues: { ':token': token, ':end': now() + leaseTime },
    },
  };
  await write(renewed).catch(() => {});
}

/** If this fails, the lease expires by itself. */
async function releaseLease({ projectId, personaId }: PersonaPath, token: string): Promise<void> {
  const removal: Write = {
    Delete: {
      Key: keys.drawing(projectId, personaId),
      ...ifOurs,
      ExpressionAttributeValues: { ':token': token },
    },
  };
  await write(removal).catch(() => {});
}

/** The provider's failures that may have cost money, by their recorded codes. */
const failures = new Map([providerFailed, providerTimedOut].map((failure) => [failure().code, failure]));

/** Whether the provider may have charged for the failed drawing. */
export const mayHaveCost = (error: unknown): error is Refusal => error instanceof Refusal && error.mayHaveCost;

/**
 * Whether a drawing with this key has stored its portrait; false if there was none. Refuses another request with the same key, and a drawing
 * that is running, was killed, or failed and may have cost money: none of them is repeated.
 */
export async function wasDrawn(path: PersonaPath, request: IdempotentRequest): Promise<boolean> {
  const isSettled = async () => {
    const record = await findRecord(path, request);
    const failure = failures.get(record?.failure ?? '');
    if (failure) throw failure();
    return record === undefined ? 'unknown' : record.id !== undefined && 'drawn';
  };
  const before = await isSettled();
  if (before) return before === 'drawn';
  const lease = await getItem(keys.drawing(path.projectId, path.personaId));
  if (lease?.idempotencyKey === request.key && secondsLeft(lease) > 0) throw idempotencyInProgress(secondsLeft(lease));
  // A run records its outcome before it releases its lease.
  const after = await isSettled();
  if (after) return after === 'drawn';
  throw imageOutcomeUnknown();
}

/** The write that records the drawn portrait, for the transaction that gives it to the persona. */
export const recordDrawn = (path: PersonaPath, request: IdempotentRequest, imageId: string): Write => ({
  Update: {
    Key: keys.idempotency(path.projectId, request.key),
    UpdateExpression: 'SET id = :id',
    ExpressionAttributeValues: { ':id': imageId },
  },
});

/**
 * Records a failure that may have cost money, to repeat its answer. Deletes the record after any other failure, so that the request may be
 * repeated. If this write fails, the outcome counts as unknown.
 */
export async function settle(path: PersonaPath, request: IdempotentRequest, error: unknown): Promise<void> {
  const Key = keys.idempotency(path.projectId, request.key);
  const record: Write = mayHaveCost(error)
    ? {
        Update: {
          Key,
          UpdateExpression: 'SET failure = :code',
          // Otherwise the record of a deleted project would come back, without an expiry.
          ConditionExpression: 'attribute_exists(PK)',
          ExpressionAttributeValues: { ':code': error.code },
        },
      }
    : { Delete: { Key } };
  await write(record).catch(() => {});
}

/** Removes the lease of a deleted persona. */
export const removeLease = ({ projectId, personaId }: PersonaPath): Promise<void> =>
  write({ Delete: { Key: keys.drawing(projectId, personaId) } });

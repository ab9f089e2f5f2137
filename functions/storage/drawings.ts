/**
 * Drawings under way: a lease for each persona, so that one portrait of it is drawn at a time, and what is noted of a drawing that was asked
 * for with an Idempotency-Key, before the provider is called.
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
import { findNote, noteWrite } from './idempotency.ts';
import { keys } from './table.ts';

/** Seconds. A run that died has freed its persona after that. */
const leaseTime = 45;
/** Milliseconds. */
const renewal = 15_000;

const now = () => Math.floor(Date.now() / 1000);

/** Seconds that are left of a lease: at least one, or none where it is over. */
const secondsLeft = (lease: Item | undefined) => Math.max(0, Number(lease?.expiresAt ?? 0) - now() + 1);

/** Does the work with the lease of this persona: nobody else draws it meanwhile. Refuses while another one does. */
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
    await giveUpLease(path, token);
  }
}

/** In one transaction with the note of the request, so that a lease that bears its key means that it is running. */
async function takeLease(path: PersonaPath, request: IdempotentRequest | undefined, token: string): Promise<void> {
  const key = keys.drawing(path.projectId, path.personaId);
  const time = now();
  const lease: Write = {
    Put: {
      Item: { ...key, token, idempotencyKey: request?.key, expiresAt: time + leaseTime },
      // Its own token is there where the answer to a first attempt was lost and the SDK tried again.
      ConditionExpression: 'attribute_not_exists(PK) OR expiresAt < :now OR #token = :token',
      ExpressionAttributeNames: { '#token': 'token' },
      ExpressionAttributeValues: { ':now': time, ':token': token },
    },
    otherwise: () => generationInProgress(leaseTime),
  };
  try {
    await write(...(request ? [noteWrite(path, request)] : []), lease);
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind !== 'conflict') throw error;
    const left = secondsLeft(await getItem(key)) || 1;
    throw error.code === generationInProgress(0).code ? generationInProgress(left) : idempotencyInProgress(left);
  }
}

const ifOurs = { ConditionExpression: '#token = :token', ExpressionAttributeNames: { '#token': 'token' } };

/** Where it fails, the next renewal comes before the lease is over; whoever lost it stores the portrait all the same. */
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

/** What the work came to does not depend on this: where it fails, the persona is free when the time is up. */
async function giveUpLease({ projectId, personaId }: PersonaPath, token: string): Promise<void> {
  const removal: Write = {
    Delete: {
      Key: keys.drawing(projectId, personaId),
      ...ifOurs,
      ExpressionAttributeValues: { ':token': token },
    },
  };
  await write(removal).catch(() => {});
}

/** Failures of the provider that may have cost, by the codes under which they are noted. */
const failures = new Map([providerFailed, providerTimedOut].map((failure) => [failure().code, failure]));

/** Whether the provider may have been paid for what it refused. */
export const mayHaveCost = (error: unknown): error is Refusal => error instanceof Refusal && error.mayHaveCost;

/**
 * Whether a drawing with this key has stored its portrait; false where none was asked for. Refuses another request with the key, one that is
 * running, one that failed and may have cost, and one that died: none of them is drawn again.
 */
export async function wasDrawn(path: PersonaPath, request: IdempotentRequest): Promise<boolean> {
  const isSettled = async () => {
    const note = await findNote(path, request);
    const failure = failures.get(note?.failure ?? '');
    if (failure) throw failure();
    return note === undefined ? 'unknown' : note.id !== undefined && 'drawn';
  };
  const before = await isSettled();
  if (before) return before === 'drawn';
  const lease = await getItem(keys.drawing(path.projectId, path.personaId));
  if (lease?.idempotencyKey === request.key && secondsLeft(lease) > 0) throw idempotencyInProgress(secondsLeft(lease));
  // A run notes its outcome before it gives its lease up.
  const after = await isSettled();
  if (after) return after === 'drawn';
  throw imageOutcomeUnknown();
}

/** The write that notes the portrait that was drawn, for the transaction that gives it to the persona. */
export const noteDrawn = (path: PersonaPath, request: IdempotentRequest, imageId: string): Write => ({
  Update: {
    Key: keys.idempotency(path.projectId, request.key),
    UpdateExpression: 'SET id = :id',
    ExpressionAttributeValues: { ':id': imageId },
  },
});

/**
 * Notes why nothing was drawn: a failure that may have cost is told again, anything else is forgotten, so that the request may come again.
 * Where the note fails, the outcome is told as unknown.
 */
export async function settle(path: PersonaPath, request: IdempotentRequest, error: unknown): Promise<void> {
  const Key = keys.idempotency(path.projectId, request.key);
  const note: Write = mayHaveCost(error)
    ? {
        Update: {
          Key,
          UpdateExpression: 'SET failure = :code',
          // It is gone with its project, and would come back without an expiry.
          ConditionExpression: 'attribute_exists(PK)',
          ExpressionAttributeValues: { ':code': error.code },
        },
      }
    : { Delete: { Key } };
  await write(note).catch(() => {});
}

/** Removes the lease of a persona that is gone. */
export const removeLease = ({ projectId, personaId }: PersonaPath): Promise<void> =>
  write({ Delete: { Key: keys.drawing(projectId, personaId) } });

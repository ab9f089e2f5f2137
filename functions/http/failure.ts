import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { SdkError } from '@smithy/types';
import { type Kind, Refusal, storageUnavailable } from '../domain/refusal.ts';
import { logFault } from './log.ts';
import { json, type Reply } from './reply.ts';

const statusOf: Record<Kind, number> = {
  invalid: 400,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  rate_limited: 429,
  upstream_failed: 502,
  unavailable: 503,
  upstream_timeout: 504,
};

const internalError = { error: 'Internal server error', code: 'internal_error' };

/** What the caller is told of an error. What is not meant for the caller is answered facelessly. */
export function failureReply(error: unknown, requestId: string): Reply {
  const refusal = known(error);
  if (!refusal) return json(500, { ...internalError, requestId });
  const { message, code, details, retryAfter } = refusal;
  const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
  return json(
    statusOf[refusal.kind],
    { error: message, code, requestId, ...(details?.length && { details }) },
    headers,
  );
}

const known = (error: unknown): Refusal | undefined =>
  error instanceof Refusal ? error : isOutage(error) ? storageUnavailable(error) : undefined;

/** The words that tell the caller of a failure which is only a part of the answer. A fault or an outage is logged. */
export function failureWords(error: unknown, requestId: string): { readonly error: string; readonly code: string } {
  const refusal = known(error);
  if (!refusal || refusal.kind === 'unavailable') logFault(error, requestId);
  return refusal ? { error: refusal.message, code: refusal.code } : internalError;
}

/** An AWS call that failed by throttling, a time-out or a fault of AWS even when it was tried again. */
const isOutage = (error: unknown): boolean =>
  error instanceof Error && [isThrottlingError, isTransientError, isServerError].some((is) => is(error as SdkError));

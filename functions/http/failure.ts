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

/** The reply for an error. One that the caller may not see becomes "Internal server error". */
export function failureReply(error: unknown, requestId: string): Reply {
  const refusal = toRefusal(error);
  if (!refusal) return json(500, { ...internalError, requestId });
  const { message, code, details, retryAfter } = refusal;
  const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
  return json(
    statusOf[refusal.kind],
    { error: message, code, requestId, ...(details?.length && { details }) },
    headers,
  );
}

const toRefusal = (error: unknown): Refusal | undefined =>
  error instanceof Refusal ? error : isOutage(error) ? storageUnavailable(error) : undefined;

/** The fields of an error that is only a part of an answer. Logs a fault or an outage. */
export function failureFields(error: unknown, requestId: string): { readonly error: string; readonly code: string } {
  const refusal = toRefusal(error);
  if (!refusal || refusal.kind === 'unavailable') logFault(error, requestId);
  return refusal ? { error: refusal.message, code: refusal.code } : internalError;
}

/** An AWS call that still failed after its retries, because of throttling, a timeout or a fault of AWS. */
const isOutage = (error: unknown): boolean =>
  error instanceof Error && [isThrottlingError, isTransientError, isServerError].some((is) => is(error as SdkError));

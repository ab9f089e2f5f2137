import OpenAI, { type APIError } from 'openai';
import { settingDefaults } from '../../../lib/contract/settings.ts';
import * as refusals from '../../domain/refusal.ts';
import type { PortraitRequest, StyleReference } from '../provider.ts';
import { endOf } from './model-ends.ts';

/** Codes for missing credit or a reached limit; a retry does not help. */
const exhausted = new Set([
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
]);

const moderated = new Set(['moderation_blocked', 'content_policy_violation']);
const badReference = new Set(['invalid_image_file', 'unsupported_file_mimetype']);

/** Maps a failed call to OpenAI to a refusal (https://platform.openai.com/docs/guides/error-codes). */
export function toRefusal(error: unknown, { model, references }: PortraitRequest): refusals.Refusal {
  if (error instanceof refusals.Refusal) return error;
  if (error instanceof OpenAI.APIConnectionTimeoutError) return refusals.providerTimedOut(error);
  if (neverConnected(error)) return refusals.providerUnreachable(error);
  if (!(error instanceof OpenAI.APIError)) return refusals.providerFailed(error);

  const { status, code, type, headers } = error;
  const says = (words: Set<string>) => words.has(code ?? '') || words.has(type ?? '');
  if (says(exhausted)) return refusals.providerQuotaExhausted(error);
  if (code === 'model_not_found' || status === 404) {
    return refusals.imageModelUnavailable(model, endOf(model)?.replacement ?? settingDefaults.IMAGE_MODEL, error);
  }
  if (says(moderated)) return refusals.moderationBlocked(error);
  if (says(badReference)) {
    const bad = badReferenceIn(error, references);
    return refusals.styleReferenceInvalid(
      (bad ? [bad] : references).map(({ id }) => id),
      error,
    );
  }
  if (status === 401) return refusals.providerKeyInvalid(error);
  if (status === 403) return refusals.providerForbidden(error);
  if (status === 429 || code === 'server_is_overloaded' || status === 503) {
    return refusals.providerRateLimited(retryAfter(headers), error);
  }
  return refusals.providerFailed(error);
}

/** Codes of Node and of fetch for a connection that was never established, so that no request was sent. */
const unconnected = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function neverConnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: string };
  return unconnected.has(code ?? '') || neverConnected(error.cause);
}

/** The reference that the error names: `image[0]` in its `param`, or `image 1` in its message. */
function badReferenceIn(
  { param, message }: APIError,
  references: PortraitRequest['references'],
): StyleReference | undefined {
  const [, index] = /^image\[(\d+)\]$/.exec(param ?? '') ?? [];
  const [, position] = /\bimage (\d+)\b/i.exec(message) ?? [];
  return references[index === undefined ? Number(position) - 1 : Number(index)];
}

const daySeconds = 24 * 60 * 60;

/** Seconds of the header Retry-After, which may be a number or a date, at most a day; without a valid one, 10. */
function retryAfter(headers: Headers | undefined): number {
  const sent = headers?.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(sent) ? Number(sent) : (Date.parse(sent) - Date.now()) / 1000;
  return seconds >= 0 ? Math.min(Math.ceil(seconds), daySeconds) : 10;
}

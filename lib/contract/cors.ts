/** What browsers are told, by the functions and by the gateways alike. Data only, no imports. */

/** Request headers that a browser may send. */
export const corsAllowedHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'X-Api-Key',
  // W3C Trace Context and Baggage, and Sentry's own: tracing in a page adds them to every request.
  'baggage',
  'sentry-trace',
  'traceparent',
  'tracestate',
] as const;

/** Answer headers that a script in a browser may read. */
export const corsExposedHeaders = [
  'Allow',
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'X-Style-References',
] as const;

/** Seconds for which a browser may remember a preflight. */
export const corsMaxAge = 86_400;

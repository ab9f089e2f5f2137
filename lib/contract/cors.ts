/** CORS headers, for the functions and both gateways. Data only, no imports. */

/** Request headers that a browser may send. */
export const corsAllowedHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'X-Api-Key',
  // W3C Trace Context, Baggage, and Sentry's header: tracing tools in a page add them to every request.
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

/** Seconds for which a browser may cache a preflight. */
export const corsMaxAge = 86_400;

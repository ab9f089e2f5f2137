/**
 * The answers that the gateway gives without a function. Both API Gateway, by the stack, and the local gateway use them. Data only,
 * no imports.
 */
export interface GatewayAnswer {
  /** Default: API Gateway's own status. */
  readonly status?: number;
  readonly code: string;
  readonly error: string;
  /** Seconds, for the header `Retry-After`. */
  readonly retryAfter?: number;
}

export const routeNotFound: GatewayAnswer = {
  status: 404,
  code: 'route_not_found',
  error: 'There is no such route. Check the path: every route begins with /api.',
};

/** All methods of a path: those of its endpoints, HEAD if there is GET, and OPTIONS. */
export function offeredMethods(named: readonly string[]): string[] {
  return [...named, ...(named.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
}

/** For an existing path; `offered` is also the value of `Allow`. */
export function methodNotAllowed(offered: readonly string[]): GatewayAnswer {
  return { status: 405, code: 'method_not_allowed', error: `Method not allowed. Use one of ${offered.join(', ')}.` };
}

const internalError: GatewayAnswer = { status: 500, code: 'internal_error', error: 'Internal server error' };

const unauthorized: GatewayAnswer = {
  status: 401,
  code: 'unauthorized',
  error: 'A valid key is required. Send it in the header Authorization, after the word Bearer, or in X-Api-Key.',
};

const byType = <Type extends string>(answers: Record<Type, GatewayAnswer>) => answers;

/** Every type of https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
export const gatewayResponses = byType({
  ACCESS_DENIED: {
    status: 403,
    code: 'forbidden',
    error: 'This key does not allow this call. Use a key of this project with the right access.',
  },
  API_CONFIGURATION_ERROR: internalError,
  AUTHORIZER_CONFIGURATION_ERROR: internalError,
  /** A store did not answer the authorizer. */
  AUTHORIZER_FAILURE: {
    status: 503,
    code: 'storage_unavailable',
    error: 'The key could not be checked. Try again in a moment.',
    retryAfter: 1,
  },
  BAD_REQUEST_BODY: {
    status: 400,
    code: 'bad_request',
    error: 'The body is invalid for this route. Check it and send it again.',
  },
  BAD_REQUEST_PARAMETERS: {
    status: 400,
    code: 'bad_request',
    error: 'A parameter is missing or wrong. Check the path, the query and the headers.',
  },
  /** Without a status, since it could override those above (see the page). */
  DEFAULT_4XX: {
    code: 'bad_request',
    error: 'The gateway could not accept the request. Check its path, headers and body.',
  },
  DEFAULT_5XX: internalError,
  /** No method uses IAM signatures: API Gateway checks one only if it finds no route, and takes any `Authorization` for one. */
  EXPIRED_TOKEN: routeNotFound,
  INTEGRATION_FAILURE: internalError,
  INTEGRATION_TIMEOUT: { status: 504, code: 'timeout', error: 'The request took too long. Try again in a moment.' },
  INVALID_API_KEY: unauthorized,
  INVALID_SIGNATURE: routeNotFound,
  /** API Gateway's type for an unknown route. */
  MISSING_AUTHENTICATION_TOKEN: routeNotFound,
  QUOTA_EXCEEDED: {
    status: 429,
    code: 'quota_exceeded',
    error: 'The quota of requests is used up. Try again later.',
    retryAfter: 3600,
  },
  REQUEST_TOO_LARGE: {
    status: 413,
    code: 'request_too_large',
    error: 'The request is too large. Send at most 6 MB.',
  },
  RESOURCE_NOT_FOUND: routeNotFound,
  THROTTLED: {
    status: 429,
    code: 'throttled',
    error: 'Too many requests at once. Wait a second and try again.',
    retryAfter: 1,
  },
  UNAUTHORIZED: unauthorized,
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    code: 'unsupported_media_type',
    error: 'Send the body as JSON, with the Content-Type application/json.',
  },
  WAF_FILTERED: {
    status: 403,
    code: 'request_blocked',
    error: 'A firewall rule refused the request. Ask the operator of this API whether it should pass.',
  },
});

export type GatewayResponseType = keyof typeof gatewayResponses;

/** The body of a gateway answer, in the shape of all errors. */
export function gatewayBody({ error, code }: GatewayAnswer, requestId: string): string {
  return JSON.stringify({ error, code, requestId });
}

export const gatewayCacheControl = 'private, no-cache';

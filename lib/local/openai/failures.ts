/** An error answer of OpenAI. https://developers.openai.com/api/docs/guides/error-codes */
export interface OpenAiError {
  readonly status: number;
  readonly message: string;
  readonly code: string | null;
  /** Default: invalid_request_error. */
  readonly type?: string;
  readonly param?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly moderation_details?: { readonly moderation_stage: string; readonly categories: readonly string[] };
  /** Whether its message repeats the key and the prompt, as a proxy's might. */
  readonly quotes?: true;
}

/** A broken answer: a wrong body, or a connection that breaks or stays silent. */
export interface BrokenAnswer {
  readonly meaning: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly ending?: 'break' | 'silence';
}

const json = 'application/json';

/**
 * The answers to a key of the form `sk-…-fail-<mode>`, whatever the request. In addition, `slow-<milliseconds>` in a key delays every answer,
 * including failures.
 */
export const failures = {
  'invalid-key': { status: 401, code: 'invalid_api_key', message: 'Incorrect API key provided.' },
  forbidden: {
    status: 403,
    code: null,
    message: 'Your organization must be verified to use this model. Go to Settings > Organization > General.',
  },
  'insufficient-quota': {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    message: 'You exceeded your current quota, please check your plan and billing details.',
  },
  'credit-exhausted': {
    status: 429,
    type: 'insufficient_quota',
    code: 'credit_balance_exhausted',
    message: 'Your organization has no prepaid credits remaining.',
  },
  'spend-limit': {
    status: 429,
    type: 'insufficient_quota',
    code: 'organization_spend_limit_exceeded',
    message: 'Your organization has reached its monthly spend limit.',
  },
  'project-spend-limit': {
    status: 429,
    type: 'insufficient_quota',
    code: 'project_spend_limit_exceeded',
    message: 'Your project has reached its monthly spend limit.',
  },
  'usage-limit': {
    status: 429,
    type: 'insufficient_quota',
    code: 'organization_usage_limit_exceeded',
    message: 'Your organization has reached its approved usage limit.',
  },
  'model-not-found': {
    status: 404,
    code: 'model_not_found',
    message: 'The requested model does not exist or you do not have access to it.',
  },
  'model-forbidden': {
    status: 403,
    code: 'model_not_found',
    message: 'Your project does not have access to the requested model.',
  },
  moderation: {
    status: 400,
    type: 'image_generation_user_error',
    code: 'moderation_blocked',
    message: 'Your request was rejected by the safety system.',
    moderation_details: { moderation_stage: 'input', categories: ['violence'] },
  },
  'invalid-reference': {
    status: 400,
    type: 'image_generation_user_error',
    code: 'invalid_image_file',
    param: 'image',
    message: 'Invalid image file or mode for image 1, please check your image file.',
  },
  'unsupported-reference': {
    status: 400,
    code: 'unsupported_file_mimetype',
    param: 'image[0]',
    message: "Invalid file 'image[0]': unsupported mimetype ('image/gif').",
  },
  'rate-limit': {
    status: 429,
    type: 'input-images',
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached on images per minute. Please try again in 7s.',
    headers: { 'retry-after': '7' },
  },
  'slow-down': { status: 429, type: 'rate_limit_error', code: 'slow_down', message: 'Please slow down.' },
  overloaded: {
    status: 503,
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
    message: 'The server is overloaded, please try again later.',
  },
  'server-error': {
    status: 500,
    type: 'server_error',
    code: null,
    message: 'The server had an error while processing your request.',
  },
  quoting: {
    status: 500,
    type: 'server_error',
    code: null,
    message: 'The server had an error while processing:',
    quotes: true,
  },
  'bad-json': {
    meaning: 'JSON that ends too early',
    status: 200,
    contentType: json,
    body: '{"created": 1, "data": [{',
  },
  'no-picture': { meaning: 'no picture in `data`', status: 200, contentType: json, body: '{"created": 1, "data": []}' },
  'not-a-picture': {
    meaning: 'a text where the picture should be',
    status: 200,
    contentType: json,
    body: JSON.stringify({ created: 1, data: [{ b64_json: Buffer.from('This is no picture.').toString('base64') }] }),
  },
  html: {
    meaning: "a proxy's error page",
    status: 502,
    contentType: 'text/html',
    body: '<html><body><h1>502 Bad Gateway</h1></body></html>',
  },
  'hang-up': {
    meaning: 'the connection breaks in mid-answer',
    status: 200,
    contentType: json,
    body: '{"created": 1, "data": [{"b64_json": "iVBOR',
    ending: 'break',
  },
  silent: { meaning: 'no answer at all', status: 200, contentType: json, body: '', ending: 'silence' },
} as const satisfies Readonly<Record<string, OpenAiError | BrokenAnswer>>;

export type FailureMode = keyof typeof failures;

/** The failure that a key asks for, if any. For an unknown mode, an error that lists all modes. */
export function failureOf(apiKey: string): OpenAiError | BrokenAnswer | undefined {
  if (!apiKey.includes('fail-')) return undefined;
  const modes = Object.keys(failures) as FailureMode[];
  const mode = modes.find((candidate) => apiKey.includes(`fail-${candidate}`));
  if (mode) return failures[mode];
  return {
    status: 400,
    code: 'unknown_failure_mode',
    message: `Unknown failure mode. This stand-in has: ${modes.join(', ')}.`,
  };
}

/** The delay of every answer for a key with `slow-<milliseconds>`. */
export function delayOf(apiKey: string): number {
  return Number(/slow-(\d+)/.exec(apiKey)?.[1] ?? 0);
}

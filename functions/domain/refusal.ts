/**
 * All errors that a caller may see. Any other error is a fault of the service and is answered "Internal server error". Each message says what is
 * wrong and, unless that is obvious, what to do.
 */

/** The kind of an error; functions/http maps it to a status. */
export type Kind =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'too_large'
  | 'unsupported_media_type'
  | 'unprocessable'
  | 'rate_limited'
  | 'upstream_failed'
  | 'upstream_timeout'
  | 'unavailable';

export interface Detail {
  readonly path: string;
  readonly message: string;
}

export class Refusal extends Error {
  readonly kind: Kind;
  readonly code: string;
  readonly details: readonly Detail[] | undefined;
  /** Seconds after which to try again. */
  readonly retryAfter: number | undefined;
  /** Whether the provider may have charged for the request. */
  readonly mayHaveCost: boolean;

  constructor(
    kind: Kind,
    code: string,
    message: string,
    more: { details?: readonly Detail[]; retryAfter?: number; mayHaveCost?: true; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'Refusal';
    this.kind = kind;
    this.code = code;
    this.details = more.details;
    this.retryAfter = more.retryAfter;
    this.mayHaveCost = more.mayHaveCost ?? false;
  }
}

// The request
export const bodyMissing = () => new Refusal('invalid', 'body_missing', 'Request body is missing; send a JSON object');
export const bodyNotUtf8 = () => new Refusal('invalid', 'body_not_utf8', 'Request body must be in UTF-8');
export const bodyNotJson = () => new Refusal('invalid', 'body_not_json', 'Request body is not valid JSON');
export const bodyNotAnObject = () => new Refusal('invalid', 'body_not_an_object', 'Request body must be a JSON object');
export const bodyTooLarge = (megabytes: number) =>
  new Refusal('too_large', 'body_too_large', `Request body must be at most ${megabytes} MB`);
export const bodyTooComplex = (parts: number, outside: number) =>
  new Refusal(
    'too_large',
    'body_too_complex',
    `Request body must have at most ${parts} fields and values, and ${outside} characters outside of strings`,
  );
export const contentTypeNotJson = () =>
  new Refusal('unsupported_media_type', 'unsupported_media_type', 'Content-Type must be application/json in UTF-8');
export const contentEncodingUnsupported = (encoding: string) =>
  new Refusal(
    'unsupported_media_type',
    'unsupported_content_encoding',
    `Content-Encoding ${encoding.slice(0, 100)} is not supported; send the body uncompressed`,
  );
/** The message is that of the first detail. */
export const invalidRequest = (details: readonly Detail[]) =>
  new Refusal('invalid', 'invalid_request', details[0]?.message ?? 'Request does not match its schema', { details });

export const idempotencyKeyInvalid = () =>
  new Refusal('invalid', 'idempotency_key_invalid', 'Idempotency-Key must be 1 to 255 printable ASCII characters');
export const idempotencyKeyReused = () =>
  new Refusal(
    'unprocessable',
    'idempotency_key_reused',
    'This Idempotency-Key was used for another request; use a new key for a new request',
  );
/** `retryAfter`: seconds until the first request with this key has ended at the latest. */
export const idempotencyInProgress = (retryAfter: number) =>
  new Refusal('conflict', 'idempotency_in_progress', 'The first request with this Idempotency-Key is still running', {
    retryAfter,
  });

/** `If-Match` or `If-None-Match` does not hold. */
export const versionMismatch = () =>
  new Refusal(
    'precondition_failed',
    'version_mismatch',
    'The current version does not match the condition of the request; read it again and repeat the change with its ETag',
  );

export const invalidEntityTag = (header: 'If-Match' | 'If-None-Match') =>
  new Refusal('invalid', 'invalid_entity_tag', `${header} must be * or a list of entity tags in double quotes`);

export const invalidCursor = () =>
  new Refusal('invalid', 'invalid_cursor', 'cursor does not belong to this list; use the Link of an answer unchanged');

// Projects
export const projectNotFound = () => new Refusal('not_found', 'project_not_found', 'Project not found');
export const apiKeyRequired = () => new Refusal('invalid', 'api_key_required', 'LLM provider API key is required');
export const keyNotFound = () => new Refusal('not_found', 'key_not_found', 'Key not found');

// Personas
export const personaNotFound = () => new Refusal('not_found', 'persona_not_found', 'Persona not found');
export const nameTaken = (name: string) =>
  new Refusal('conflict', 'persona_name_taken', `Persona with name "${name}" already exists`);
export const personaTooLarge = (kilobytes: number) =>
  new Refusal('too_large', 'persona_too_large', `A persona must be at most ${kilobytes} KB of JSON`);

// Images
export const imageNotFound = () => new Refusal('not_found', 'image_not_found', 'Image not found');
/** A persona was given an image that its project does not have. */
export const imageUnknown = () => new Refusal('invalid', 'image_not_found', 'Image not found');
export const notBase64 = () =>
  new Refusal('invalid', 'image_base64_invalid', 'imageBase64 must be base64, optionally after data:…;base64,');
export const notAnImage = () =>
  new Refusal('invalid', 'image_invalid', 'imageBase64 must be a complete PNG, JPEG or WebP image');
export const imageTooLarge = (megabytes: number) =>
  new Refusal('too_large', 'image_too_large', `An image must be at most ${megabytes} MB decoded`);
export const imageTooWide = (pixels: number) =>
  new Refusal('invalid', 'image_invalid', `An image must be at most ${pixels} pixels wide and high`);

// Portraits: before drawing
export const systemPromptMissing = () =>
  new Refusal('invalid', 'system_prompt_missing', 'Persona must have a system prompt to generate an image');
export const providerMissing = () =>
  new Refusal(
    'invalid',
    'llm_provider_missing',
    'No LLM provider configured. Configure one in Settings > LLM Providers.',
  );
export const providerUnsupported = () =>
  new Refusal(
    'invalid',
    'llm_provider_unsupported',
    'Image generation requires an OpenAI provider. Switch to OpenAI in Settings > LLM Providers.',
  );
export const generationInProgress = (retryAfter: number) =>
  new Refusal(
    'conflict',
    'image_generation_in_progress',
    'A portrait of this persona is already being drawn; wait for it',
    { retryAfter },
  );
/** `retryAfter`: seconds until the next day in UTC. */
export const imageQuotaExceeded = (maxImagesPerDay: number, retryAfter: number) =>
  new Refusal(
    'rate_limited',
    'image_quota_exceeded',
    `No more than ${maxImagesPerDay} portraits a day (UTC). Wait, or raise maxImagesPerDay.`,
    { retryAfter },
  );

// Portraits: answers of the provider
export const providerKeyInvalid = (cause: unknown) =>
  new Refusal(
    'invalid',
    'image_provider_key_invalid',
    'The image provider refused the API key. Set a valid one in Settings > LLM Providers.',
    { cause },
  );
export const providerForbidden = (cause: unknown) =>
  new Refusal(
    'invalid',
    'image_provider_forbidden',
    'The image provider denies this API key the use of image models.',
    {
      details: [
        { path: 'llmSettings.apiKey', message: 'Verify the organisation at the provider, or use a key with access' },
      ],
      cause,
    },
  );
export const providerQuotaExhausted = (cause: unknown) =>
  new Refusal(
    'invalid',
    'image_provider_quota_exhausted',
    'The image provider account is out of credit or over a spend limit.',
    {
      details: [
        { path: 'llmSettings.apiKey', message: 'Add credit or raise the limit at the provider, or use another key' },
      ],
      cause,
    },
  );
/** `replacement`: an available model. */
export const imageModelUnavailable = (model: string, replacement: string, cause: unknown) =>
  new Refusal(
    'invalid',
    'image_model_unavailable',
    'The image model is unknown, retired or not allowed for this key. Choose another one.',
    {
      details: [
        {
          path: 'llmSettings.models.image',
          message: `"${model}" is refused; choose another one, such as "${replacement}"`,
        },
      ],
      cause,
    },
  );
export const moderationBlocked = (cause: unknown) =>
  new Refusal(
    'invalid',
    'image_moderation_blocked',
    "The image provider's moderation blocked this portrait. Change the persona's texts.",
    {
      details: ['systemPrompt', 'name', 'description'].map((path) => ({
        path,
        message: 'The portrait is drawn from this text',
      })),
      cause,
    },
  );
/** `imageIds`: the image that the provider named, otherwise all that it was sent. */
export const styleReferenceInvalid = (imageIds: readonly string[], cause: unknown) =>
  new Refusal(
    'invalid',
    'style_reference_invalid',
    'The image provider refused a style reference. Delete or replace it.',
    {
      details: imageIds.map((id) => ({
        path: `images.${id}`,
        message: 'The provider refused this image, or another one of this request',
      })),
      cause,
    },
  );
export const providerRateLimited = (retryAfter: number, cause: unknown) =>
  new Refusal('unavailable', 'image_provider_rate_limited', 'The image provider is busy; try again later', {
    retryAfter,
    cause,
  });
export const providerFailed = (cause?: unknown) =>
  new Refusal('upstream_failed', 'image_provider_error', 'The image provider did not return a picture; try again', {
    mayHaveCost: true,
    cause,
  });
export const providerUnreachable = (cause: unknown) =>
  new Refusal('upstream_failed', 'image_provider_error', 'The image provider cannot be reached; try again', { cause });
export const providerTimedOut = (cause?: unknown) =>
  new Refusal('upstream_timeout', 'image_provider_timeout', 'The image provider did not answer in time; try again', {
    mayHaveCost: true,
    cause,
  });

/** A drawing with an Idempotency-Key has started, is not running, and has no outcome. */
export const imageOutcomeUnknown = () =>
  new Refusal(
    'upstream_failed',
    'image_outcome_unknown',
    'This drawing was cut off and may have cost money. Check the persona, then use a new key.',
  );

// Storage
export const storageUnavailable = (cause?: unknown) =>
  new Refusal('unavailable', 'storage_unavailable', 'Storage is busy; try again', { retryAfter: 1, cause });

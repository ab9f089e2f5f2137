import { PNG } from 'pngjs';
import type { OpenAiError } from './failures.ts';

export interface Reference {
  readonly filename: string;
  readonly type: string;
  readonly bytes: Buffer;
}

export interface ImageCall {
  readonly edit: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
}

const models = [
  'gpt-image-2',
  'gpt-image-2-2026-04-21',
  'gpt-image-2.5-flare',
  'gpt-image-2.5-flare-2026-09-08',
  'gpt-image-2.5-sunburst',
  'gpt-image-2.5-sunburst-2026-09-08',
  'gpt-image-2.6-flare',
  'gpt-image-2.6-sunburst',
];
const retired = ['gpt-image-1', 'gpt-image-1-mini', 'gpt-image-1.5', 'chatgpt-image-latest', 'dall-e-2', 'dall-e-3'];

const promptLimit = 32_000;
const identifierLimit = 128;
const referenceLimit = 16;
const referenceBytes = 50 * 1024 * 1024;
const signatures: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  'image/png': (bytes) => isDecodable(bytes),
  'image/jpeg': (bytes) => bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])),
  'image/webp': (bytes) => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP',
};

/** The allowed values of each parameter: those of OpenAI, as far as the stand-in supports them. */
const choices = (model: string, edit: boolean): Readonly<Record<string, readonly unknown[]>> => ({
  background: ['auto', 'opaque'],
  n: [1],
  output_format: ['png'],
  quality: ['auto', 'low', 'medium', 'high', ...(model.startsWith('gpt-image-2.') ? ['xhigh', 'max'] : [])],
  size: ['auto', '1024x1024'],
  ...(!edit && { moderation: ['auto', 'low'] }),
  ...(model.startsWith('gpt-image-2.6') && { complexity: ['low', 'medium', 'high'] }),
});

/** OpenAI's error for a call, if it is invalid. https://developers.openai.com/api/reference/resources/images */
export function errorOf({ edit, parameters, references }: ImageCall): OpenAiError | undefined {
  const { model, prompt, safety_identifier: identifier, ...others } = parameters;
  if (typeof prompt !== 'string' || prompt === '') return missing('prompt');
  if ([...prompt].length > promptLimit) return tooLong('prompt', promptLimit);
  if (typeof model !== 'string') return missing('model');
  if (!models.includes(model)) {
    const why = retired.includes(model) ? 'has been shut down' : 'does not exist or you do not have access to it';
    return { status: 404, code: 'model_not_found', param: 'model', message: `The model '${model}' ${why}.` };
  }
  if (typeof identifier === 'string' && identifier.length > identifierLimit) {
    return tooLong('safety_identifier', identifierLimit);
  }
  const allowed = choices(model, edit);
  for (const [param, value] of Object.entries(others)) {
    const values = allowed[param];
    if (!values) return { status: 400, code: 'unknown_parameter', param, message: `Unknown parameter: '${param}'.` };
    if (value !== null && !values.includes(value)) {
      const message = `Invalid value: '${value}'. Supported values are: ${values.join(', ')}.`;
      return { status: 400, code: 'invalid_value', param, message };
    }
  }
  return edit ? referenceErrorOf(references) : undefined;
}

function referenceErrorOf(references: readonly Reference[]): OpenAiError | undefined {
  if (references.length === 0) return missing('image');
  if (references.length > referenceLimit) {
    const message = `Invalid 'image': array too long. Expected at most ${referenceLimit} images, got ${references.length}.`;
    return { status: 400, code: 'array_above_max_length', param: 'image', message };
  }
  for (const [index, { type, bytes }] of references.entries()) {
    const fits = signatures[type];
    if (!fits) {
      const message = `Invalid file 'image[${index}]': unsupported mimetype ('${type}').`;
      return { status: 400, code: 'unsupported_file_mimetype', param: `image[${index}]`, message };
    }
    if (bytes.length >= referenceBytes || !fits(bytes)) {
      const message = `Invalid image file or mode for image ${index + 1}, please check your image file.`;
      return { status: 400, type: 'image_generation_user_error', code: 'invalid_image_file', param: 'image', message };
    }
  }
  return undefined;
}

function isDecodable(bytes: Buffer): boolean {
  try {
    decodePng(bytes);
    return true;
  } catch {
    return false;
  }
}

const pixelLimit = 4_000_000;

/** Decodes a PNG; undefined if it has more than 4 million pixels, since decoding blocks the process. Throws if it is invalid. */
export function decodePng(bytes: Buffer): PNG | undefined {
  // The first chunk begins with width and height.
  const isLarge = bytes.length >= 24 && bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > pixelLimit;
  return isLarge && bytes.toString('latin1', 12, 16) === 'IHDR' ? undefined : PNG.sync.read(bytes);
}

function missing(param: string): OpenAiError {
  return {
    status: 400,
    code: 'missing_required_parameter',
    param,
    message: `Missing required parameter: '${param}'.`,
  };
}

function tooLong(param: string, limit: number): OpenAiError {
  const message = `Invalid '${param}': string too long. Expected at most ${limit} characters.`;
  return { status: 400, code: 'string_above_max_length', param, message };
}

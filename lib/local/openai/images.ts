import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { type Listener, listen } from '../listen.ts';
import { type BrokenAnswer, delayOf, failureOf, type OpenAiError } from './failures.ts';
import { type Palette, paletteFor, paletteOf } from './painter/palette.ts';
import { drawPortrait } from './painter/portrait.ts';
import { decodePng, errorOf, type ImageCall, type Reference } from './rules.ts';

/** A request to the stand-in, refused or not. */
export interface ImageRequest {
  readonly path: string;
  readonly apiKey: string;
  readonly model: unknown;
  readonly prompt: unknown;
  /** The other parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly references: readonly { filename: string; type: string; size: number; sha256: string }[];
}

export interface OpenAiImages extends Listener {
  /** The last 100 requests, oldest first. */
  readonly requests: readonly ImageRequest[];
}

const maxRequests = 100;
const generations = '/v1/images/generations';
const edits = '/v1/images/edits';

/**
 * A stand-in for OpenAI's images API, over its wire protocol; `url` is for OPENAI_BASE_URL. The prompt determines the portrait, the references
 * its colours, and the key failures and delays: see failures.ts.
 */
export async function startOpenAiImages(): Promise<OpenAiImages> {
  const requests: ImageRequest[] = [];

  const { url, close } = await listen(async (request, response) => {
    const path = request.url ?? '';
    if (request.method !== 'POST' || (path !== generations && path !== edits)) {
      return refuse(response, { status: 404, code: null, message: `Invalid URL (${request.method} ${path})` });
    }
    const apiKey = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!apiKey) {
      return refuse(response, { status: 401, code: 'invalid_api_key', message: 'You did not provide an API key.' });
    }
    const call = await read(request, path === edits);
    if ('status' in call) return refuse(response, call);

    const { model, prompt, ...parameters } = call.parameters;
    requests.push({ path, apiKey, model, prompt, parameters, references: call.references.map(describe) });
    if (requests.length > maxRequests) requests.shift();

    await wait(delayOf(apiKey), undefined, { signal: whenGone(response) });
    const failure = failureOf(apiKey) ?? errorOf(call);
    if (!failure) return sendJson(response, 200, draw(call));
    if ('contentType' in failure) return sendBrokenAnswer(response, failure);
    const message = failure.quotes ? `${failure.message} ${apiKey} ${prompt}` : failure.message;
    return refuse(response, { ...failure, message });
  });
  return { url: `${url}/v1`, close, requests };
}

async function read(request: IncomingMessage, edit: boolean): Promise<ImageCall | OpenAiError> {
  const contentType = request.headers['content-type'] ?? '';
  const body = await buffer(request);
  const expected = edit ? 'multipart/form-data' : 'application/json';
  if (!contentType.toLowerCase().startsWith(expected)) {
    const message = `Unsupported content type: '${contentType}'. This method only accepts '${expected}' requests.`;
    return { status: 400, code: 'unsupported_content_type', message };
  }
  try {
    return edit ? await formOf(body, contentType) : { edit, parameters: objectOf(body), references: [] };
  } catch {
    return { status: 400, code: null, message: `We could not parse the body of your request as ${expected}.` };
  }
}

function objectOf(body: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(body.toString());
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object');
  return { ...value };
}

async function formOf(body: Buffer, contentType: string): Promise<ImageCall> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  const parameters: Record<string, unknown> = {};
  const references: Reference[] = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') parameters[name] = name === 'n' ? Number(value) : value;
    else if (name !== 'image' && name !== 'image[]') parameters[name] = value.name;
    else references.push({ filename: value.name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()) });
  }
  return { edit: true, parameters, references };
}

function describe({ filename, type, bytes }: Reference): ImageRequest['references'][number] {
  return { filename, type, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function draw({ parameters, references }: ImageCall) {
  const { prompt, quality } = parameters;
  const picture = drawPortrait(String(prompt), styleOf(references));
  const tokens = { text: Math.ceil(String(prompt).length / 4), image: references.length * 1024, output: 1056 };
  return {
    created: Math.floor(Date.now() / 1000),
    background: 'opaque',
    output_format: 'png',
    quality: typeof quality === 'string' && quality !== 'auto' ? quality : 'medium',
    size: '1024x1024',
    data: [{ b64_json: picture.toString('base64') }],
    usage: {
      input_tokens: tokens.text + tokens.image,
      input_tokens_details: { text_tokens: tokens.text, image_tokens: tokens.image },
      output_tokens: tokens.output,
      output_tokens_details: { text_tokens: 0, image_tokens: tokens.output },
      total_tokens: tokens.text + tokens.image + tokens.output,
    },
  };
}

/** The palette for the references. Only PNGs of limited size are decoded; for others, the bytes choose a palette. */
function styleOf(references: readonly Reference[]): Palette | undefined {
  const pictures = references
    .filter(({ type }) => type === 'image/png')
    .map(({ bytes }) => decodePng(bytes))
    .filter((picture) => picture !== undefined);
  const [first] = references;
  return paletteOf(pictures) ?? (first && paletteFor(first.bytes));
}

function refuse(
  response: ServerResponse,
  { status, headers, message, type, param, code, moderation_details }: OpenAiError,
): void {
  const error = { message, type: type ?? 'invalid_request_error', param: param ?? null, code, moderation_details };
  sendJson(response, status, { error }, headers);
}

function sendBrokenAnswer(response: ServerResponse, { status, contentType, body, ending }: BrokenAnswer): void {
  if (ending === 'silence') return;
  const length = Buffer.byteLength(body) + (ending === 'break' ? 1000 : 0);
  response.writeHead(status, { 'content-type': contentType, 'content-length': length });
  if (ending === 'break') response.write(body, () => response.destroy());
  else response.end(body);
}

function sendJson(response: ServerResponse, status: number, body: object, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': `req_${randomUUID()}`, ...headers });
  response.end(JSON.stringify(body));
}

function whenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

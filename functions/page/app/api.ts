/** The client of the public API, at the page's own origin, with the user's key and the types of openapi.json. */
import createClient from 'openapi-fetch';
import { CallFailure, connectionFailure, type Refused } from './call-failure.ts';
import type { components, paths } from './openapi.ts';
import { forgetKey, key } from './session.ts';

export type Persona = components['schemas']['Persona'];
export type ListedPersona = components['schemas']['ListedPersona'];
export type Project = components['schemas']['Project'];
export type ProjectConfig = components['schemas']['ProjectConfig'];
export type ListedKey = components['schemas']['ListedKey'];
export type CreatedKey = components['schemas']['CreatedKey'];
export type BatchResult = components['schemas']['BatchResults']['results'][number];

/** The address of the service, with the stage, without a trailing slash. */
export const base = location.origin + location.pathname.replace(/\/$/, '');

export const api = createClient<paths>({
  baseUrl: base,
  fetch: send,
  querySerializer: { array: { style: 'form', explode: false } },
});

interface Answered<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

export interface Answer<Data> {
  readonly data: Data;
  readonly response: Response;
}

/** The answer of a successful call. Throws CallFailure otherwise, also without an answer. */
export async function call<Data>(asked: Promise<Answered<Data>>): Promise<Answer<Data>> {
  const { data, error, response } = await asked;
  if (!response.ok) throw new CallFailure(response, error as Refused | undefined);
  return { data: data as Data, response };
}

const attemptsOfReading = 6;

/** Sends a request with the user's key. Retries reads after 429 and 503. */
export async function send(request: Request): Promise<Response> {
  const used = key.value;
  if (used) request.headers.set('Authorization', `Bearer ${used}`);
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(request).catch((error: Error) => {
      throw error.name === 'AbortError' ? error : connectionFailure();
    });
    if (response.status === 401 && used === key.value) forgetKey(used ? 'refused' : 'missing');
    const busy = request.method === 'GET' && [429, 503].includes(response.status);
    if (!busy || attempt === attemptsOfReading) return response;
    await pause(secondsOf(response, 2 ** attempt / 4));
  }
}

/** The wait before a retry: `Retry-After`, at most 30 s, with jitter. */
export const secondsOf = (response: Response, otherwise: number): number =>
  Math.min(Number(response.headers.get('retry-after') ?? otherwise), 30) * (1 + Math.random() / 4);

export const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** The cursor of the next page, from the header `Link`. */
export function cursorOf(response: Response): string | undefined {
  const [, next] = /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '') ?? [];
  return next ? (new URL(next, base).searchParams.get('cursor') ?? undefined) : undefined;
}

/** The Idempotency-Key of a POST. */
export function once(): { readonly 'Idempotency-Key': string } {
  // Not randomUUID, which browsers only offer over HTTPS and on localhost.
  const random = crypto.getRandomValues(new Uint8Array(16));
  return { 'Idempotency-Key': Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('') };
}

/**
 * Whom an open server on this machine answers: it asks nobody for a key, so that a page of any site, open in a browser of this machine, could
 * call it otherwise, by its own address or by a name of the site that resolves to 127.0.0.1.
 * https://web.dev/articles/fetch-metadata and https://developer.chrome.com/blog/private-network-access-update
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayAnswer } from '../contract/gateway-responses.ts';

export interface AllowedCallers {
  /** Names by which the server is called, beside those of this machine. */
  readonly hosts?: readonly string[] | undefined;
  /** Origins whose pages may call it, beside those of this machine; `*` for all. */
  readonly origins?: readonly string[] | undefined;
}

/** The gateway's answer to a call that may not be made; undefined where it may. */
export function denyForeign(
  { headers, method }: { readonly headers: IncomingHttpHeaders; readonly method?: string | undefined },
  { hosts = [], origins = [] }: AllowedCallers,
): GatewayAnswer | undefined {
  const { host = '', origin } = headers;
  const hostname = hostnameOf(`http://${host}`);
  if (!loopback.includes(hostname) && !hosts.includes(hostname)) return hostNotAllowed;
  if (origins.includes('*')) return undefined;
  if (origin === undefined) return isFromElsewhere(headers, method) ? originNotAllowed : undefined;
  const isOwn = [`http://${host}`, `https://${host}`].includes(origin);
  return isOwn || loopback.includes(hostnameOf(origin)) || origins.includes(origin) ? undefined : originNotAllowed;
}

const loopback = ['localhost', '127.0.0.1', '[::1]'];

const hostnameOf = (url: string): string => URL.parse(url)?.hostname ?? '';

/** A link from another site to a page of ours is followed: nobody but the person at the browser sees what comes. */
const isFromElsewhere = (headers: IncomingHttpHeaders, method: string | undefined): boolean =>
  headers['sec-fetch-site'] === 'cross-site' &&
  !(method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document');

const hostNotAllowed: GatewayAnswer = {
  status: 403,
  code: 'host_not_allowed',
  error: 'This server answers to the names of its machine only. Start it with --allow-host NAME to add one.',
};

const originNotAllowed: GatewayAnswer = {
  status: 403,
  code: 'origin_not_allowed',
  error: 'Pages from elsewhere may not call this server. Start it with --allow-origin ORIGIN to let those of one in.',
};

/** Throws a sentence where an origin would never be matched: it is what browsers send, without a path. */
export function parseOrigin(text: string): string {
  if (text === '*' || URL.parse(text)?.origin === text) return text;
  throw new Error(`--allow-origin must be an origin such as http://app.test:8080, or *, not ${JSON.stringify(text)}.`);
}

export function parseHost(text: string): string {
  if (text !== '' && hostnameOf(`http://${text}`) === text.toLowerCase()) return text.toLowerCase();
  throw new Error(`--allow-host must be a name without a port, such as personas.test, not ${JSON.stringify(text)}.`);
}

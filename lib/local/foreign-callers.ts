/**
 * Protects a local server that requires no keys: otherwise, a page of any site in a browser on this machine could call it, by its address or by
 * a name of the site that resolves to 127.0.0.1 (DNS rebinding).
 * https://web.dev/articles/fetch-metadata and https://developer.chrome.com/blog/private-network-access-update
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayAnswer } from '../contract/gateway-responses.ts';

export interface AllowedCallers {
  /** Further host names of the server. */
  readonly hosts?: readonly string[] | undefined;
  /** Further origins whose pages may call it; `*` for all. */
  readonly origins?: readonly string[] | undefined;
}

/** The answer to a call that is not allowed; undefined if it is. */
export function denyForeign(
  { headers, method }: { readonly headers: IncomingHttpHeaders; readonly method?: string | undefined },
  { hosts = [], origins = [] }: AllowedCallers,
): GatewayAnswer | undefined {
  const { host = '', origin } = headers;
  const hostname = hostnameOf(`http://${host}`);
  if (!loopback.includes(hostname) && !hosts.includes(hostname)) return hostNotAllowed;
  if (origins.includes('*')) return undefined;
  if (origin === undefined) return isCrossSite(headers, method) ? originNotAllowed : undefined;
  const isOwn = [`http://${host}`, `https://${host}`].includes(origin);
  return isOwn || loopback.includes(hostnameOf(origin)) || origins.includes(origin) ? undefined : originNotAllowed;
}

const loopback = ['localhost', '127.0.0.1', '[::1]'];

const hostnameOf = (url: string): string => URL.parse(url)?.hostname ?? '';

/** Following a link from another site is allowed: only the user sees the page. */
const isCrossSite = (headers: IncomingHttpHeaders, method: string | undefined): boolean =>
  headers['sec-fetch-site'] === 'cross-site' &&
  !(method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document');

const hostNotAllowed: GatewayAnswer = {
  status: 403,
  code: 'host_not_allowed',
  error: 'This server only answers requests to the names of this machine. Start it with --allow-host NAME to add one.',
};

const originNotAllowed: GatewayAnswer = {
  status: 403,
  code: 'origin_not_allowed',
  error: 'Pages of other origins may not call this server. Start it with --allow-origin ORIGIN to allow one.',
};

/** Throws if it is not an origin as browsers send it, without a path. */
export function parseOrigin(text: string): string {
  if (text === '*' || URL.parse(text)?.origin === text) return text;
  throw new Error(`--allow-origin must be an origin such as http://app.test:8080, or *, not ${JSON.stringify(text)}.`);
}

export function parseHost(text: string): string {
  if (text !== '' && hostnameOf(`http://${text}`) === text.toLowerCase()) return text.toLowerCase();
  throw new Error(`--allow-host must be a name without a port, such as personas.test, not ${JSON.stringify(text)}.`);
}

import { corsAllowedHeaders, corsExposedHeaders, corsMaxAge } from '../contract/cors.ts';

/** Headers whose values are API Gateway's mapping expressions: `'text in quotes'`, `context.…`, `method.request.…`. */
export type MappedHeaders = Readonly<Record<string, string>>;

/** A text as a mapping expression. */
export const quote = (text: string) => `'${text}'`;

const list = (words: readonly string[]) => quote(words.join(','));

/** Headers that let a script in a browser read an answer. With several origins, they name the first: see `chooseOrigin`. */
export function corsHeaders(origins: readonly string[]): MappedHeaders {
  return {
    'Access-Control-Allow-Origin': quote(origins[0] ?? '*'),
    'Access-Control-Expose-Headers': list(corsExposedHeaders),
    ...(origins.length > 1 && { Vary: quote('Origin') }),
  };
}

/** The same for a gateway response. It cannot have conditions, so with several origins it allows any caller; it contains nothing secret. */
export function gatewayCorsHeaders(origins: readonly string[]): MappedHeaders {
  return {
    ...corsHeaders(origins),
    ...(origins.length > 1 && { 'Access-Control-Allow-Origin': 'method.request.header.Origin' }),
  };
}

/** The headers of a preflight. `headers`: further headers that pages may send. */
export function preflightHeaders(methods: readonly string[], headers: readonly string[]): MappedHeaders {
  return {
    'Access-Control-Allow-Methods': list(methods),
    'Access-Control-Allow-Headers': list([...corsAllowedHeaders, ...headers]),
    'Access-Control-Max-Age': quote(String(corsMaxAge)),
  };
}

/** Part of a response template that replaces the first of several origins by the caller's, if it is allowed. */
export function chooseOrigin(origins: readonly string[]): string {
  if (origins.length < 2) return '';
  return [
    '#set($headers = $input.params().header)',
    '#set($origin = $headers.get("Origin"))',
    '#if(!$origin || $origin == "")#set($origin = $headers.get("origin"))#end',
    `#if(${origins.map((origin) => `$origin == "${origin}"`).join(' || ')})`,
    '#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)',
    '#end',
  ].join('');
}

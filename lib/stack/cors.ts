import { corsAllowedHeaders, corsExposedHeaders, corsMaxAge } from '../contract/cors.ts';

/** Values are API Gateway's mapping expressions: `'text in quotes'`, `context.…`, `method.request.…`. */
export type MappedHeaders = Readonly<Record<string, string>>;

/** A text as a mapping expression. */
export const quote = (text: string) => `'${text}'`;

const list = (words: readonly string[]) => quote(words.join(','));

/** Headers by which a script in a browser may read an answer. Of several origins, the first: see `chooseOrigin`. */
export function corsHeaders(origins: readonly string[]): MappedHeaders {
  return {
    'Access-Control-Allow-Origin': quote(origins[0] ?? '*'),
    'Access-Control-Expose-Headers': list(corsExposedHeaders),
    ...(origins.length > 1 && { Vary: quote('Origin') }),
  };
}

/** The same for a gateway response. It knows no conditions, so of several origins it names the caller's; it holds nothing worth hiding. */
export function gatewayCorsHeaders(origins: readonly string[]): MappedHeaders {
  return {
    ...corsHeaders(origins),
    ...(origins.length > 1 && { 'Access-Control-Allow-Origin': 'method.request.header.Origin' }),
  };
}

/** What a preflight adds. `headers`: what pages may send beside what they always may. */
export function preflightHeaders(methods: readonly string[], headers: readonly string[]): MappedHeaders {
  return {
    'Access-Control-Allow-Methods': list(methods),
    'Access-Control-Allow-Headers': list([...corsAllowedHeaders, ...headers]),
    'Access-Control-Max-Age': quote(String(corsMaxAge)),
  };
}

/** A piece of response template that replaces the first of several origins by the caller's, if it is one of them. */
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

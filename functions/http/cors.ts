import { corsExposedHeaders } from '../../lib/contract/cors.ts';
import { setting } from '../domain/settings.ts';

/** What a browser needs to show an answer to a page of this origin; CORS_ORIGINS is `*` or a list with commas. */
export function corsHeaders(origin: string | undefined): Record<string, string> {
  const allowed = setting('CORS_ORIGINS').split(',');
  const exposed = { 'Access-Control-Expose-Headers': corsExposedHeaders.join(', ') };
  if (allowed.includes('*')) return { 'Access-Control-Allow-Origin': '*', ...exposed };
  return {
    Vary: 'Origin',
    ...(origin && allowed.includes(origin) && { 'Access-Control-Allow-Origin': origin, ...exposed }),
  };
}

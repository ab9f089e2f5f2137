import { corsExposedHeaders } from '../../lib/contract/cors.ts';
import { setting } from '../domain/settings.ts';

/** The CORS headers of an answer for a page of this origin. */
export function corsHeaders(origin: string | undefined): Record<string, string> {
  const allowed = setting('CORS_ORIGINS').split(',');
  const exposed = { 'Access-Control-Expose-Headers': corsExposedHeaders.join(', ') };
  if (allowed.includes('*')) return { 'Access-Control-Allow-Origin': '*', ...exposed };
  return {
    Vary: 'Origin',
    ...(origin && allowed.includes(origin) && { 'Access-Control-Allow-Origin': origin, ...exposed }),
  };
}

/** The current view as a curl command. */
import { base } from './api.ts';
import type { Route } from './router.ts';

function addressOf(route: Route): string {
  if (!('projectId' in route)) return '/api/projects';
  const project = `/api/projects/${encodeURIComponent(route.projectId)}`;
  switch (route.view) {
    case 'persona':
      return `${project}/personas/${encodeURIComponent(route.personaId)}`;
    case 'style':
      return `${project}/images?role=persona-avatar-styleguide`;
    case 'settings':
      return `${project}/config`;
    case 'keys':
      return `${project}/keys`;
    case 'new-persona':
      return `${project}/personas`;
    case 'files':
    case 'personas': {
      const { text, tags } = route.search;
      const query = new URLSearchParams([
        ...(text.trim() ? [['q', text.trim()]] : []),
        ...tags.map((tag) => ['tag', tag]),
      ]);
      return `${project}/personas${query.size > 0 ? `?${query}` : ''}`;
    }
  }
}

/** Uses `PERSONAS_API_KEY` instead of the key, so that the command can be shared. */
export function curlOf(route: Route, withKey: boolean): string {
  const header = withKey ? ' -H "Authorization: Bearer $PERSONAS_API_KEY"' : '';
  return `curl${header} ${quote(base + addressOf(route))}`;
}

/** Quotes a text for a shell. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

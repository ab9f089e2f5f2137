/** The route of the page: the address after `#`, which mirrors the paths of the API. */
import { signal } from '@preact/signals';

export type Sorting = 'changed' | 'name' | 'oldest';

export interface Search {
  readonly text: string;
  readonly tags: readonly string[];
  readonly sorting: Sorting;
}

export type Route =
  | { readonly view: 'home' | 'projects' }
  | { readonly view: 'personas' | 'files'; readonly projectId: string; readonly search: Search }
  | { readonly view: 'persona'; readonly projectId: string; readonly personaId: string }
  | { readonly view: 'new-persona' | 'style' | 'settings' | 'keys'; readonly projectId: string };

const sortings: readonly Sorting[] = ['changed', 'name', 'oldest'];

function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [area, projectId, view, personaId] = path.split('/').map(decode);
  if (area !== 'projects') return { view: 'home' };
  if (!projectId) return { view: 'projects' };
  if (view === 'style' || view === 'settings' || view === 'keys') return { view, projectId };
  if (view === 'personas' && personaId === 'new') return { view: 'new-persona', projectId };
  if (view === 'personas' && personaId) return { view: 'persona', projectId, personaId };
  const search = searchOf(new URLSearchParams(query));
  return { view: view === 'files' ? 'files' : 'personas', projectId, search };
}

function searchOf(query: URLSearchParams): Search {
  return {
    text: query.get('q') ?? '',
    tags: query.getAll('tag'),
    sorting: sortings.find((sorting) => sorting === query.get('sort')) ?? 'changed',
  };
}

export const noSearch: Search = { text: '', tags: [], sorting: 'changed' };

export function hashOf(route: Route): string {
  if (!('projectId' in route)) return route.view === 'home' ? '#/' : '#/projects';
  const project = `#/projects/${encodeURIComponent(route.projectId)}`;
  if (route.view === 'persona') return `${project}/personas/${encodeURIComponent(route.personaId)}`;
  if (route.view === 'new-persona') return `${project}/personas/new`;
  if (route.view !== 'personas' && route.view !== 'files') return `${project}/${route.view}`;
  const { text, tags, sorting } = route.search;
  const query = new URLSearchParams([
    ...(text ? [['q', text]] : []),
    ...tags.map((tag) => ['tag', tag]),
    ...(sorting === 'changed' ? [] : [['sort', sorting]]),
  ]);
  return `${project}/${route.view}${query.size > 0 ? `?${query}` : ''}`;
}

export const route = signal(routeOf(location.hash));

addEventListener('hashchange', () => {
  route.value = routeOf(location.hash);
});

export function go(to: Route): void {
  location.hash = hashOf(to);
}

/** Changes the route without a new entry in the history. */
export function replaceRoute(to: Route): void {
  history.replaceState(history.state, '', hashOf(to));
  route.value = to;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

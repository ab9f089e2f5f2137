import { isAdmin } from './access.ts';
import { ProjectChoice } from './project-choice.tsx';
import { go, hashOf, noSearch, type Route } from './router.ts';
import { Tools } from './tools.tsx';
import './top-bar.css';

export const TopBar = ({ route }: { readonly route: Route }) => (
  <header class="top-bar">
    <a class="brand" href={hashOf({ view: 'projects' })}>
      <span class="unseen">All projects</span>
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="9" />
        <path d="M16 7.5a5 5 0 1 1 0 10a5 5 0 0 1 0-10M6.5 27a9.5 8 0 0 1 19 0z" />
      </svg>
    </a>
    {'projectId' in route && <ProjectNavigation route={route} />}
    <Tools route={route} />
  </header>
);

type InProject = Extract<Route, { projectId: string }>;

function ProjectNavigation({ route }: { readonly route: InProject }) {
  const { projectId } = route;
  const inGallery = ['personas', 'persona', 'new-persona', 'files'].includes(route.view);
  const current = (here: boolean) => (here ? { 'aria-current': 'page' as const } : {});
  return (
    <>
      <ProjectChoice
        projectId={projectId}
        choose={(chosen) => go({ view: 'personas', projectId: chosen, search: noSearch })}
      />
      <nav aria-label="Project">
        <a href={hashOf({ view: 'personas', projectId, search: noSearch })} {...current(inGallery)}>
          Personas
        </a>
        <a href={hashOf({ view: 'style', projectId })} {...current(route.view === 'style')}>
          Style guide
        </a>
        <a href={hashOf({ view: 'settings', projectId })} {...current(route.view === 'settings')}>
          Settings
        </a>
        {isAdmin.value && (
          <a href={hashOf({ view: 'keys', projectId })} {...current(route.view === 'keys')}>
            Keys
          </a>
        )}
      </nav>
    </>
  );
}

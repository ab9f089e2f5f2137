import { FilesPage } from './files-page.tsx';
import { Gallery } from './gallery.tsx';
import { Home } from './home.tsx';
import { Keys } from './keys.tsx';
import { NewPersona } from './new-persona.tsx';
import { PersonaPage } from './persona-page.tsx';
import { ProjectsPage } from './projects-page.tsx';
import type { Route } from './router.ts';
import { Settings } from './settings.tsx';
import { StyleGuide } from './style-guide.tsx';

/** The view of the route. Keys give each project and persona a new component. */
export function View({ route }: { readonly route: Route }) {
  switch (route.view) {
    case 'home':
      return <Home />;
    case 'projects':
      return <ProjectsPage />;
    case 'personas':
      return <Gallery key={route.projectId} projectId={route.projectId} search={route.search} />;
    case 'files':
      return <FilesPage key={route.projectId} projectId={route.projectId} search={route.search} />;
    case 'persona':
      return <PersonaPage key={route.personaId} projectId={route.projectId} personaId={route.personaId} />;
    case 'new-persona':
      return <NewPersona key={route.projectId} projectId={route.projectId} />;
    case 'style':
      return <StyleGuide key={route.projectId} projectId={route.projectId} />;
    case 'settings':
      return <Settings key={route.projectId} projectId={route.projectId} />;
    case 'keys':
      return <Keys key={route.projectId} projectId={route.projectId} />;
  }
}

import { useEffect } from 'preact/hooks';
import { projects } from './projects.ts';
import { ProjectsPage } from './projects-page.tsx';
import { noSearch, replaceRoute } from './router.ts';

/** The gallery of the only project, or the list of projects. */
export function Home() {
  const [first, second] = projects.value.list ?? [];
  const only = second ? undefined : first?.id;
  useEffect(() => {
    if (only) replaceRoute({ view: 'personas', projectId: only, search: noSearch });
  }, [only]);
  return <ProjectsPage />;
}

import { access, loadAccess } from './access.ts';
import { loadProjects } from './projects.ts';

/** Loads what every view needs: what the caller may do, and the projects to go to. */
export async function start(): Promise<void> {
  await loadAccess();
  if (access.peek()) await loadProjects();
}

import { access, loadAccess } from './access.ts';
import { loadProjects } from './projects.ts';

/** Loads what every view needs: the caller's permissions, and the projects. */
export async function start(): Promise<void> {
  await loadAccess();
  if (access.peek()) await loadProjects();
}

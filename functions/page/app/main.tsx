import './page.css';
import { render } from 'preact';
import { access, loadAccess } from './access.ts';
import { App } from './app.tsx';
import { showIcon } from './icon.ts';
import { loadProjects } from './projects.ts';
import { key, keyWanted } from './session.ts';

history.scrollRestoration = 'manual';
showIcon();
// Another key may open other things.
key.subscribe(async () => {
  if (keyWanted.peek()) return;
  await loadAccess();
  if (access.peek()) await loadProjects();
});
render(<App />, document.body);

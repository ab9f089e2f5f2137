import './page.css';
import { render } from 'preact';
import { loadAccess } from './access.ts';
import { App } from './app.tsx';
import { showIcon } from './icon.ts';
import { loadProjects } from './projects.ts';
import { key, keyWanted } from './session.ts';

history.scrollRestoration = 'manual';
showIcon();
// Another key may open other things.
key.subscribe(() => {
  if (keyWanted.peek()) return;
  void loadAccess();
  void loadProjects();
});
render(<App />, document.body);

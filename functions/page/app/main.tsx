import './page.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { showIcon } from './icon.ts';
import { key, keyWanted } from './session.ts';
import { start } from './start.ts';

history.scrollRestoration = 'manual';
showIcon();
// Another key may allow other things.
key.subscribe(() => {
  if (!keyWanted.peek()) void start();
});
render(<App />, document.body);

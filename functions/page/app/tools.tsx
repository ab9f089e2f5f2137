import { base } from './api.ts';
import { curlOf } from './curl.ts';
import { tell } from './notice.ts';
import type { Route } from './router.ts';
import { forgetKey, key } from './session.ts';
import './tools.css';

/** What leads out of the page: to a terminal, to the API's own page, and away from the key. */
export function Tools({ route }: { readonly route: Route }) {
  const copy = async () => {
    await navigator.clipboard.writeText(curlOf(route, key.value !== ''));
    tell('Copied as a curl command.');
  };
  return (
    <div class="tools">
      <button type="button" class="plain" onClick={copy}>
        Copy as curl
      </button>
      <a href={`${base}/api/docs`}>API</a>
      {key.value && (
        <button type="button" class="plain" onClick={() => forgetKey()}>
          Forget key
        </button>
      )}
    </div>
  );
}

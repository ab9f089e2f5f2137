import { base } from './api.ts';
import { copy } from './copy.ts';
import { curlOf } from './curl.ts';
import type { Route } from './router.ts';
import { forgetKey, key } from './session.ts';
import './tools.css';

/** Links and tools: the curl command, the API documentation, forgetting the key. */
export function Tools({ route }: { readonly route: Route }) {
  return (
    <div class="tools">
      <button
        type="button"
        class="plain"
        onClick={() => copy(curlOf(route, key.value !== ''), 'Copied as a curl command.')}
      >
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

import { mayWrite } from './access.ts';
import { hashOf, noSearch, replaceRoute, type Search } from './router.ts';

interface Props {
  readonly projectId: string;
  readonly search: Search;
  /** Whether the project has personas that the search does not show. */
  readonly any: boolean;
}

export function NoPersonas({ projectId, search, any }: Props) {
  if (any) {
    const clear = () => replaceRoute({ view: 'personas', projectId, search: { ...noSearch, sorting: search.sorting } });
    return (
      <div class="empty">
        <h2>No persona matches</h2>
        <p>The search looks at names, descriptions and tags.</p>
        <p class="actions">
          <button type="button" onClick={clear}>
            Show all
          </button>
        </p>
      </div>
    );
  }
  return (
    <div class="empty">
      <h2>No personas yet</h2>
      <p>
        A persona is a user whom your agent has yet to meet: a name, a system prompt that says how they talk, and a
        portrait.
      </p>
      {mayWrite.value && (
        <p class="actions">
          <a class="button" href={hashOf({ view: 'new-persona', projectId })}>
            Make the first one
          </a>
          <a class="button" href={hashOf({ view: 'files', projectId, search: noSearch })}>
            Import from files
          </a>
        </p>
      )}
    </div>
  );
}

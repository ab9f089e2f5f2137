import { useCallback, useState } from 'preact/hooks';
import { api, type CreatedKey, call, type ListedKey } from './api.ts';
import { copy } from './copy.ts';
import { FailureNote } from './failure-note.tsx';
import { useAction, useLoaded } from './load.ts';
import { NewKey } from './new-key.tsx';
import { tell } from './notice.ts';
import { confirmed } from './question.ts';
import { useTitle } from './title.ts';

/** The keys of a project, for the admin key. */
export function Keys({ projectId }: { readonly projectId: string }) {
  useTitle('Keys');
  const load = async () =>
    (await call(api.GET('/api/projects/{projectId}/keys', { params: { path: { projectId } } }))).data;
  const { data, failure, reload } = useLoaded(useCallback(load, [projectId]));
  const [made, setMade] = useState<CreatedKey>();
  return (
    <section class="column">
      <h1>Keys</h1>
      <p class="quiet">Each opens this project, to read or also to write.</p>
      {made && <ShownOnce made={made} close={() => setMade(undefined)} />}
      {failure && <FailureNote failure={failure} again={reload} />}
      {!data && !failure && <p class="quiet">Loading …</p>}
      {data?.length === 0 && <p class="empty">This project has no keys.</p>}
      {data && data.length > 0 && (
        <ul class="rows">
          {data.map((key) => (
            <KeyRow key={key.id} projectId={projectId} listed={key} changed={reload} />
          ))}
        </ul>
      )}
      <NewKey
        projectId={projectId}
        take={(key) => {
          setMade(key);
          reload();
        }}
      />
    </section>
  );
}

interface ShownOnceProps {
  readonly made: CreatedKey;
  close(): void;
}

/** The key is always in the answer, since the page does not repeat the request. */
function ShownOnce({ made: { name, key = '' }, close }: ShownOnceProps) {
  return (
    <div class="panel once" role="alert">
      <h2>The key {name}</h2>
      <p>Copy it now: it is shown this once.</p>
      <p class="secret">
        <code>{key}</code>
      </p>
      <p class="actions">
        <button type="button" class="primary" onClick={() => copy(key, 'The key is copied.')}>
          Copy
        </button>
        <button type="button" onClick={close}>
          Done
        </button>
      </p>
    </div>
  );
}

interface RowProps {
  readonly projectId: string;
  readonly listed: ListedKey;
  changed(): void;
}

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const day = (time: string) => date.format(new Date(time));

function KeyRow({ projectId, listed, changed }: RowProps) {
  const { id, name, access, lastFour, createdAt, expiresAt } = listed;
  const { run, running, failure } = useAction();
  const revoke = () =>
    run(async () => {
      const text = 'It stops working within a minute.';
      if (!(await confirmed({ title: `Revoke the key ${name}?`, text, action: 'Revoke key' }))) return;
      const params = { path: { projectId, keyId: id } };
      await call(api.DELETE('/api/projects/{projectId}/keys/{keyId}', { params }));
      tell(`${name} is revoked.`);
      changed();
    });
  return (
    <li>
      <div>
        <b>{name}</b>
        <p class="small quiet">
          To {access}, ends in {lastFour}, made {day(createdAt)}
          {expiresAt ? `, until ${day(expiresAt)}` : ''}
        </p>
        {failure && <FailureNote failure={failure} />}
      </div>
      <button type="button" class="plain" aria-label={`Revoke ${name}`} disabled={running} onClick={revoke}>
        Revoke
      </button>
    </li>
  );
}

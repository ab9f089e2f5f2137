import { useCallback } from 'preact/hooks';
import { mayWrite } from './access.ts';
import { api, call } from './api.ts';
import { FailureNote } from './failure-note.tsx';
import { useAction, useLoaded } from './load.ts';
import { StoredPicture } from './stored-picture.tsx';
import { putPortrait } from './upload.ts';

interface Props {
  readonly projectId: string;
  readonly personaId: string;
}

const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** All existing portraits of the persona, newest first. Each can be restored. */
export function PortraitHistory({ projectId, personaId }: Props) {
  const params = { path: { projectId, personaId } };
  const load = async () =>
    (await call(api.GET('/api/projects/{projectId}/personas/{personaId}/portraits', { params }))).data;
  const { data = [], failure } = useLoaded(useCallback(load, [projectId, personaId]));
  const putting = useAction();
  if (failure) return <FailureNote failure={failure} />;
  if (data.length < 2) return null;
  return (
    <section class="history" aria-labelledby="all-portraits">
      <h2 id="all-portraits">All portraits</h2>
      {putting.failure && <FailureNote failure={putting.failure} />}
      <ul>
        {data.map(({ id, createdAt, model, current }) => {
          const when = [time.format(new Date(createdAt)), model].filter(Boolean).join(', ');
          return (
            <li key={id}>
              <button
                type="button"
                title={when}
                aria-label={current ? `The present portrait, of ${when}` : `Put back the portrait of ${when}`}
                aria-current={current}
                disabled={current || putting.running || !mayWrite.value}
                onClick={() => putting.run(() => putPortrait(projectId, personaId, id))}
              >
                <StoredPicture projectId={projectId} imageId={id} />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

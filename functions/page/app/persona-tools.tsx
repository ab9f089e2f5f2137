import { mayWrite } from './access.ts';
import { api, call, type Persona } from './api.ts';
import { dropDraft } from './drafts.ts';
import { FailureNote } from './failure-note.tsx';
import { useAction } from './load.ts';
import { tell } from './notice.ts';
import { useOnce } from './once.ts';
import { hidePersona } from './personas.ts';
import { confirmed } from './question.ts';
import { go, hashOf, noSearch } from './router.ts';
import { versionOf } from './version.ts';
import { arrive } from './versions.ts';

interface Props {
  readonly projectId: string;
  readonly persona: Persona;
}

/** The tools of a persona: back, duplicate, delete. */
export function PersonaTools({ projectId, persona: { id, name } }: Props) {
  const { run, running, failure } = useAction();
  const headersOf = useOnce();
  const all = { view: 'personas', projectId, search: noSearch } as const;
  const params = { path: { projectId, personaId: id } };
  const duplicate = () =>
    run(async () => {
      const answer = await call(
        api.POST('/api/projects/{projectId}/personas/{personaId}/duplicate', { params, headers: headersOf(id) }),
      );
      arrive(projectId, versionOf(answer));
      tell(`This is the copy, ${answer.data.name}.`);
      go({ view: 'persona', projectId, personaId: answer.data.id });
    });
  const remove = () =>
    run(async () => {
      const text = 'The persona and the portraits drawn for it are deleted for good.';
      if (!(await confirmed({ title: `Delete ${name}?`, text, action: 'Delete persona' }))) return;
      await call(api.DELETE('/api/projects/{projectId}/personas/{personaId}', { params }));
      dropDraft(id);
      hidePersona(projectId, id);
      tell(`${name} is deleted.`);
      go(all);
    });
  return (
    <>
      <div class="title-line">
        <a class="back" href={hashOf(all)}>
          All personas
        </a>
        <h1>{name}</h1>
        {mayWrite.value && (
          <p class="actions">
            <button type="button" disabled={running} onClick={duplicate}>
              Duplicate
            </button>
            <button type="button" class="danger" disabled={running} onClick={remove}>
              Delete
            </button>
          </p>
        )}
      </div>
      {failure && <FailureNote failure={failure} />}
    </>
  );
}

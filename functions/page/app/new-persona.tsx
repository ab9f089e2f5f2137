import { mayWrite } from './access.ts';
import { api, call } from './api.ts';
import { drafts, dropDraft, keepDraft } from './drafts.ts';
import { changedFields, type Fields, noFields, wireOf } from './fields.ts';
import { useAction } from './load.ts';
import { tell } from './notice.ts';
import { useOnce } from './once.ts';
import { PersonaForm } from './persona-form.tsx';
import { hashOf, noSearch, replaceRoute } from './router.ts';
import { useTitle } from './title.ts';
import { versionOf } from './version.ts';
import { arrive } from './versions.ts';
import './persona-page.css';

export function NewPersona({ projectId }: { readonly projectId: string }) {
  const fields = drafts.value.get(projectId)?.fields ?? noFields;
  useTitle('New persona');
  const { run, running, failure } = useAction();
  const headersOf = useOnce();
  const change = (part: Partial<Fields>) => {
    const changed = { ...fields, ...part };
    if (changedFields(changed, undefined).length === 0) dropDraft(projectId);
    else keepDraft(projectId, { fields: changed });
  };
  const make = () =>
    run(async () => {
      const body = wireOf(fields);
      const params = { path: { projectId } };
      const answer = await call(
        api.POST('/api/projects/{projectId}/personas', { params, body, headers: headersOf(body) }),
      );
      dropDraft(projectId);
      arrive(projectId, versionOf(answer));
      tell(`${answer.data.name} is there. Now the portrait?`);
      replaceRoute({ view: 'persona', projectId, personaId: answer.data.id });
    });
  return (
    <section class="persona-page column">
      <div class="title-line">
        <a class="back" href={hashOf({ view: 'personas', projectId, search: noSearch })}>
          All personas
        </a>
        <h1>New persona</h1>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <PersonaForm fields={fields} change={change} failure={failure} readOnly={!mayWrite.value} />
        <p class="actions">
          <button type="submit" class="primary" disabled={running || !fields.name.trim()}>
            {running ? 'Making …' : 'Make persona'}
          </button>
        </p>
      </form>
    </section>
  );
}

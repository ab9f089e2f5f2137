import { isAdmin } from './access.ts';
import { api, call, type Project } from './api.ts';
import { FailureNote } from './failure-note.tsx';
import { useAction } from './load.ts';
import { NewForm } from './new-form.tsx';
import { tell } from './notice.ts';
import { useOnce } from './once.ts';
import { loadProjects, projects } from './projects.ts';
import { confirmed } from './question.ts';
import { go, hashOf, noSearch } from './router.ts';
import { useTitle } from './title.ts';

export function ProjectsPage() {
  useTitle('Projects');
  const { list, failure } = projects.value;
  return (
    <section class="column">
      <h1>Projects</h1>
      <p class="quiet">A project holds personas, their portraits and the settings by which they are drawn.</p>
      {failure && <FailureNote failure={failure} again={loadProjects} />}
      {!list && !failure && <p class="quiet">Loading …</p>}
      {list?.length === 0 && <p class="empty">There is no project yet.</p>}
      {list && list.length > 0 && (
        <ul class="rows">
          {list.map((project) => (
            <ProjectRow key={project.id} project={project} />
          ))}
        </ul>
      )}
      {isAdmin.value && <NewProject />}
    </section>
  );
}

function ProjectRow({ project: { id, name } }: { readonly project: Project }) {
  const { run, running, failure } = useAction();
  const remove = () =>
    run(async () => {
      const text = 'All its personas, portraits and keys go with it, at once and for good.';
      if (!(await confirmed({ title: `Delete the project ${name}?`, text, action: 'Delete project' }))) return;
      await call(api.DELETE('/api/projects/{projectId}', { params: { path: { projectId: id } } }));
      tell(`${name} is deleted.`);
      await loadProjects();
    });
  return (
    <li>
      <a href={hashOf({ view: 'personas', projectId: id, search: noSearch })}>{name}</a>
      {isAdmin.value && (
        <button type="button" class="plain" aria-label={`Delete ${name}`} disabled={running} onClick={remove}>
          Delete
        </button>
      )}
      {failure && <FailureNote failure={failure} />}
    </li>
  );
}

function NewProject() {
  const headersOf = useOnce();
  const make = async (name: string) => {
    const { data } = await call(api.POST('/api/projects', { body: { name }, headers: headersOf(name) }));
    await loadProjects();
    go({ view: 'personas', projectId: data.id, search: noSearch });
  };
  return <NewForm what="project" make={make} />;
}

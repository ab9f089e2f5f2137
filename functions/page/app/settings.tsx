import { useCallback } from 'preact/hooks';
import { api, call, type ProjectConfig } from './api.ts';
import { FailureNote } from './failure-note.tsx';
import { useLoaded } from './load.ts';
import { SettingsForm } from './settings-form.tsx';
import { useTitle } from './title.ts';

/** The settings of a project. */
export function Settings({ projectId }: { readonly projectId: string }) {
  useTitle('Settings');
  const load = async (): Promise<ProjectConfig> =>
    (await call(api.GET('/api/projects/{projectId}/config', { params: { path: { projectId } } }))).data;
  const { data, failure, reload, set } = useLoaded(useCallback(load, [projectId]));
  return (
    <section class="column">
      <h1>Settings</h1>
      {failure && <FailureNote failure={failure} again={reload} />}
      {!data && !failure && <p class="quiet">Loading …</p>}
      {data && <SettingsForm projectId={projectId} config={data} stored={set} />}
    </section>
  );
}

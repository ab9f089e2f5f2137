import { useMemo, useState } from 'preact/hooks';
import { mayWrite } from './access.ts';
import { api, call } from './api.ts';
import { CallFailure } from './call-failure.ts';
import { Conflict } from './conflict.tsx';
import { drafts, dropDraft, keepDraft } from './drafts.ts';
import { draw } from './drawings.ts';
import { changedFields, changesOf, type Fields, fieldsOf } from './fields.ts';
import { useAction } from './load.ts';
import { tell } from './notice.ts';
import { PersonaForm } from './persona-form.tsx';
import { PersonaTools } from './persona-tools.tsx';
import { PortraitPanel } from './portrait-panel.tsx';
import { SaveBar } from './save-bar.tsx';
import { useTitle } from './title.ts';
import { readVersion, type Version, versionOf } from './version.ts';
import { arrive } from './versions.ts';

interface Props {
  readonly projectId: string;
  readonly latest: Version;
}

export function PersonaEditor({ projectId, latest }: Props) {
  const { id } = latest.persona;
  useTitle(latest.persona.name);
  const draft = drafts.value.get(id);
  const stored = useMemo(() => fieldsOf(latest.persona), [latest.persona]);
  const fields = draft?.fields ?? stored;
  /** The version from which the changes started. */
  const begun = draft?.version ?? latest;
  /** The version that somebody else stored meanwhile. */
  const [theirs, setTheirs] = useState<Version>();
  const saving = useAction();

  const change = (part: Partial<Fields>) => {
    const changed = { ...fields, ...part };
    if (changedFields(changed, begun.persona).length === 0) dropDraft(id);
    else keepDraft(id, { fields: changed, version: begun });
  };
  const discard = () => {
    dropDraft(id);
    setTheirs(undefined);
  };
  /** Saves the changes over a version. Returns whether that succeeded. */
  const save = async (written: Fields, over: Version): Promise<boolean> => {
    const params = { path: { projectId, personaId: id }, header: { 'If-Match': over.tag } };
    const body = changesOf(written, over.persona);
    try {
      const answer = await call(api.PUT('/api/projects/{projectId}/personas/{personaId}', { params, body }));
      discard();
      arrive(projectId, versionOf(answer));
      tell(`${answer.data.name} is saved.`);
      return true;
    } catch (error) {
      if (!(error instanceof CallFailure && error.status === 412)) throw error;
      setTheirs(await readVersion(projectId, id));
      return false;
    }
  };
  const drawPortrait = async () => {
    let ready = draft === undefined;
    if (!ready) {
      await saving.run(async () => {
        ready = await save(fields, begun);
      });
    }
    if (ready) await draw(projectId, id);
  };

  return (
    <section class="persona-page">
      <PersonaTools projectId={projectId} persona={latest.persona} />
      <div class="sides">
        <PortraitPanel
          projectId={projectId}
          persona={latest.persona}
          unsaved={draft !== undefined}
          hasPrompt={fields.systemPrompt.trim() !== ''}
          draw={drawPortrait}
        />
        <div class="editor">
          {theirs && draft && (
            <Conflict
              mine={fields}
              begun={begun.persona}
              theirs={theirs.persona}
              running={saving.running}
              choose={(chosen) => saving.run(() => save(chosen, theirs))}
            />
          )}
          <PersonaForm fields={fields} change={change} failure={saving.failure} readOnly={!mayWrite.value} />
          {draft && !theirs && (
            <SaveBar running={saving.running} save={() => saving.run(() => save(fields, begun))} discard={discard} />
          )}
        </div>
      </div>
    </section>
  );
}

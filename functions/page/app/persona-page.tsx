import { useCallback } from 'preact/hooks';
import { FailureNote } from './failure-note.tsx';
import { useLoaded } from './load.ts';
import { PersonaEditor } from './persona-editor.tsx';
import { hashOf, noSearch } from './router.ts';
import { readVersion } from './version.ts';
import { arrive, versions } from './versions.ts';
import './persona-page.css';

interface Props {
  readonly projectId: string;
  readonly personaId: string;
}

export function PersonaPage({ projectId, personaId }: Props) {
  const load = async () => arrive(projectId, await readVersion(projectId, personaId));
  const { failure, reload } = useLoaded(useCallback(load, [projectId, personaId]));
  const latest = versions.value.get(personaId.toLowerCase());
  if (latest && failure?.status !== 404) return <PersonaEditor projectId={projectId} latest={latest} />;
  if (failure) {
    return (
      <section class="column">
        <FailureNote failure={failure} again={reload}>
          <a class="button" href={hashOf({ view: 'personas', projectId, search: noSearch })}>
            All personas
          </a>
        </FailureNote>
      </section>
    );
  }
  return (
    <section class="persona-page" aria-busy="true" aria-label="Loading the persona">
      <div class="sides">
        <div class="portrait loading" />
      </div>
    </section>
  );
}

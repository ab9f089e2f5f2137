import { useCallback, useRef, useState } from 'preact/hooks';
import type { Contents, SourceProject } from '../../formats/contents.ts';
import type { BatchResult } from './api.ts';
import { FailureNote } from './failure-note.tsx';
import { importProject, type OnConflict, type Outcome, tryImport } from './importing.ts';
import { useAction, useLoaded } from './load.ts';
import { tell } from './notice.ts';
import { loadGallery } from './personas.ts';
import { Progress } from './progress.tsx';
import { hashOf, noSearch } from './router.ts';

interface Props {
  readonly projectId: string;
  readonly contents: Contents;
  leave(): void;
}

const conflicts: Record<OnConflict, string> = {
  skip: 'Leave it out',
  rename: 'Give it a number',
  replace: 'Replace what is there',
};

/** Shows what an import would do, and then its results. */
export function ImportPreview({ projectId, contents: { projects, warnings }, leave }: Props) {
  const [index, setIndex] = useState(0);
  const [onConflict, setOnConflict] = useState<OnConflict>('skip');
  const [outcome, setOutcome] = useState<Outcome>();
  const [done, setDone] = useState(0);
  const stopping = useRef<AbortController>(undefined);
  const source: SourceProject = projects[index] ?? { personas: [], images: [] };
  const { personas, images } = source;
  const expected = useLoaded(
    useCallback(() => tryImport(projectId, personas, onConflict), [projectId, personas, onConflict]),
  );
  const { run, running, failure } = useAction();

  const start = () =>
    run(async () => {
      stopping.current = new AbortController();
      const came: Outcome = { results: [], refused: [] };
      setDone(0);
      try {
        await importProject(projectId, source, onConflict, came, setDone, stopping.current.signal);
        tell('The import is done.');
      } catch (error) {
        if (!stopping.current.signal.aborted) throw error;
        tell('The import is stopped.');
      } finally {
        setOutcome(came);
        void loadGallery(projectId);
      }
    });

  if (running) {
    return (
      <>
        <Progress label="Imported" done={done} of={personas.length + images.length} />
        <p class="actions">
          <button type="button" onClick={() => stopping.current?.abort()}>
            Stop
          </button>
        </p>
      </>
    );
  }
  return (
    <>
      {projects.length > 1 && !outcome && (
        <label class="file-option">
          <span>Project of the workspace</span>
          <select value={index} onChange={(event) => setIndex(Number(event.currentTarget.value))}>
            {projects.map(({ id, name }, position) => (
              <option key={id} value={position}>
                {name ?? id}
              </option>
            ))}
          </select>
        </label>
      )}
      {!outcome && (
        <label class="file-option">
          <span>Where a name is taken</span>
          <select value={onConflict} onChange={(event) => setOnConflict(event.currentTarget.value as OnConflict)}>
            {Object.entries(conflicts).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
      )}
      {expected.failure && !outcome && <FailureNote failure={expected.failure} again={expected.reload} />}
      {failure && <FailureNote failure={failure} />}
      {outcome ? (
        <Results results={outcome.results} of={personas.length} verbs={verbsAfter} />
      ) : (
        expected.data && <Results results={expected.data} of={personas.length} verbs={verbsBefore} />
      )}
      <Told
        lines={[
          ...warnings.map(({ at, message }) => (at ? `${at}: ${message}` : message)),
          ...(outcome?.refused ?? []),
        ]}
      />
      <p class="actions">
        {outcome ? (
          <a class="button primary" href={hashOf({ view: 'personas', projectId, search: noSearch })}>
            Show the personas
          </a>
        ) : (
          <button type="button" class="primary" disabled={!expected.data || personas.length === 0} onClick={start}>
            Import
          </button>
        )}
        <button type="button" onClick={leave}>
          {outcome ? 'Import more' : 'Cancel'}
        </button>
      </p>
    </>
  );
}

type Status = BatchResult['status'];

const verbsBefore: Record<Status, string> = {
  created: 'will be made',
  replaced: 'will be replaced',
  skipped: 'will be left out',
  failed: 'cannot be made',
};
const verbsAfter: Record<Status, string> = {
  created: 'made',
  replaced: 'replaced',
  skipped: 'left out',
  failed: 'not made',
};

interface ResultsProps {
  readonly results: readonly BatchResult[];
  readonly of: number;
  readonly verbs: Record<Status, string>;
}

/** Further ones are only counted. */
const maxShown = 200;

function Results({ results, of, verbs }: ResultsProps) {
  const statuses = Object.keys(verbs) as Status[];
  const counts = statuses
    .map((status) => ({ status, count: results.filter((result) => result.status === status).length }))
    .filter(({ count }) => count > 0);
  // Names may be duplicates.
  const rows = results.slice(0, maxShown).map((result, position) => ({ ...result, position }));
  const summary = counts.map(({ status, count }) => `${count} ${verbs[status]}`).join(', ');
  return (
    <>
      <p role="status">
        {summary || 'No personas'}
        {results.length < of && `, ${of - results.length} not reached`}.
      </p>
      <ul class="results" aria-label="Personas of the file">
        {rows.map(({ position, name, status, error }) => (
          <li key={position} class={status}>
            <span>{name}</span> <span class="small quiet">{error ?? verbs[status]}</span>
          </li>
        ))}
      </ul>
      {results.length > maxShown && <p class="small quiet">And {results.length - maxShown} more.</p>}
    </>
  );
}

function Told({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <details class="told" open={lines.length < 10}>
      <summary>Not taken over as it stands: {lines.length}</summary>
      <ul>
        {lines.slice(0, maxShown).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  );
}

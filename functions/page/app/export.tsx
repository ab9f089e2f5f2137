import { useState } from 'preact/hooks';
import { saveLines, saveTable } from './exports.ts';
import { FailureNote } from './failure-note.tsx';
import { useAction } from './load.ts';
import { Progress } from './progress.tsx';
import type { Search } from './router.ts';

interface Props {
  readonly projectId: string;
  readonly search: Search;
}

/** Exports the personas that the gallery shows. */
export function Export({ projectId, search }: Props) {
  const { run, running, failure } = useAction();
  const [step, setStep] = useState({ done: 0, of: 0 });
  const { text, tags } = search;
  const narrowed = [text.trim() && `“${text.trim()}”`, ...tags].filter(Boolean).join(', ');
  return (
    <section aria-labelledby="export">
      <h2 id="export">Export</h2>
      <p class="quiet">
        {narrowed ? `The personas that the search finds: ${narrowed}.` : 'All personas of the project.'} A key is never
        among them.
      </p>
      {failure && <FailureNote failure={failure} />}
      <p class="actions">
        <button
          type="button"
          disabled={running}
          onClick={() => run(() => saveLines(projectId, search, (done, of) => setStep({ done, of })))}
        >
          JSON lines, with portraits
        </button>
        <button type="button" disabled={running} onClick={() => run(() => saveTable(projectId, search))}>
          CSV
        </button>
      </p>
      {running && step.of > 0 && <Progress label="Exported" {...step} />}
    </section>
  );
}

import { useState } from 'preact/hooks';
import type { Contents } from '../../formats/contents.ts';
import { DropZone } from './drop-zone.tsx';
import { type Files, readFiles } from './dropped-files.ts';
import { FailureNote } from './failure-note.tsx';
import { ImportPreview } from './import-preview.tsx';
import { useAction } from './load.ts';

/** Reads dropped files in the browser; nothing is sent before the preview. */
export function Import({ projectId }: { readonly projectId: string }) {
  const [contents, setContents] = useState<Contents>();
  const { run, running, failure } = useAction();
  const take = (files: Promise<Files>) =>
    run(async () => {
      setContents(undefined);
      setContents(await readFiles(await files));
    });
  return (
    <section aria-labelledby="import">
      <h2 id="import">Import</h2>
      {failure && <FailureNote failure={failure} />}
      {contents ? (
        <ImportPreview projectId={projectId} contents={contents} leave={() => setContents(undefined)} />
      ) : (
        <DropZone disabled={running} take={take} />
      )}
    </section>
  );
}

import { useRef } from 'preact/hooks';
import { DropArea } from './drop-area.tsx';
import { chosenFiles, droppedFiles, type Files } from './dropped-files.ts';

/** Non-standard, but supported by all browsers. */
const wholeFolder = { webkitdirectory: true };

interface Props {
  readonly disabled: boolean;
  take(files: Promise<Files>): void;
}

/** Accepts a file or folder, dropped or chosen with a button. */
export function DropZone({ disabled, take }: Props) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const choose = ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) => {
    const chosen = chosenFiles(currentTarget.files ?? []);
    currentTarget.value = '';
    if (chosen.size > 0) take(Promise.resolve(chosen));
  };
  return (
    <DropArea label="Files to import" take={(dropped) => disabled || take(droppedFiles(dropped))}>
      <p>Drop a file or a folder here: JSON Lines, CSV, character cards, or an EvalStudio workspace.</p>
      <p class="actions">
        <button type="button" disabled={disabled} onClick={() => files.current?.click()}>
          Choose files
        </button>
        <button type="button" disabled={disabled} onClick={() => folder.current?.click()}>
          Choose a folder
        </button>
      </p>
      <input ref={files} type="file" hidden multiple accept=".jsonl,.ndjson,.json,.csv,.tsv,.png" onChange={choose} />
      <input ref={folder} type="file" hidden onChange={choose} {...wholeFolder} />
    </DropArea>
  );
}

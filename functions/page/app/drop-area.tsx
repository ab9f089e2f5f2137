import { useState } from 'preact/hooks';
import { PictureInput } from './picture-input.tsx';

interface Props {
  readonly running: boolean;
  take(files: readonly File[]): void;
}

/** Takes pictures that are dropped on it, and has a button for who drops nothing. */
export function DropArea({ running, take }: Props) {
  const [over, setOver] = useState(false);
  return (
    <fieldset
      aria-label="Add pictures"
      class={over ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <p>Drop pictures here: PNG, JPEG or WebP, up to 4 MB each.</p>
      <PictureInput label="Choose pictures" many running={running} take={take} />
    </fieldset>
  );
}

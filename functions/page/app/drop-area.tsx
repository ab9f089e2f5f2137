import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface Props {
  /** The accessible name. */
  readonly label: string;
  take(dropped: DataTransfer): void;
  /** A text, and buttons as an alternative to dropping. */
  readonly children: ComponentChildren;
}

/** An area on which files can be dropped. */
export function DropArea({ label, take, children }: Props) {
  const [over, setOver] = useState(false);
  return (
    <fieldset
      class={over ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer) take(event.dataTransfer);
      }}
    >
      <legend class="unseen">{label}</legend>
      {children}
    </fieldset>
  );
}

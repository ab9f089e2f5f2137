import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface Props {
  /** What it is for, to those who do not see it. */
  readonly label: string;
  take(dropped: DataTransfer): void;
  /** What it says, and buttons for who drops nothing. */
  readonly children: ComponentChildren;
}

/** Takes files that are dropped on it. */
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

import { useLayoutEffect } from 'preact/hooks';

interface Props {
  readonly running: boolean;
  save(): void;
  discard(): void;
}

/** Shown while there are unsaved changes. Ctrl-S (Cmd-S on a Mac) saves too. */
export function SaveBar({ running, save, discard }: Props) {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      save();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [save]);
  return (
    <div class="save-bar">
      <span>Not saved yet</span>
      <button type="button" class="plain" onClick={discard}>
        Discard
      </button>
      <button type="button" class="primary" disabled={running} onClick={save}>
        {running ? 'Saving …' : 'Save'}
      </button>
    </div>
  );
}

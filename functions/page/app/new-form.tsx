import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { FailureNote } from './failure-note.tsx';
import { useAction } from './load.ts';

interface Props {
  readonly what: 'key' | 'project';
  make(name: string): Promise<unknown>;
  /** Further fields. */
  readonly children?: ComponentChildren;
}

/** A form that creates something with a name. */
export function NewForm({ what, make, children }: Props) {
  const [name, setName] = useState('');
  const { run, running, failure } = useAction();
  const submit = () =>
    run(async () => {
      await make(name);
      setName('');
    });
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2>New {what}</h2>
      <label class="field">
        <span>Name</span>
        <input value={name} maxLength={200} required onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      {children}
      {failure && <FailureNote failure={failure} />}
      <p class="actions">
        <button type="submit" class="primary" disabled={running || !name.trim()}>
          Make {what}
        </button>
      </p>
    </form>
  );
}

import { useState } from 'preact/hooks';
import { api, call, type MadeKey } from './api.ts';
import { FailureNote } from './failure-note.tsx';
import { useAction } from './load.ts';

interface Props {
  readonly projectId: string;
  take(made: MadeKey): void;
}

export function NewKey({ projectId, take }: Props) {
  const [name, setName] = useState('');
  const [access, setAccess] = useState<'read' | 'write'>('read');
  const [until, setUntil] = useState('');
  const { run, running, failure } = useAction();
  const make = () =>
    run(async () => {
      const body = { name, access, ...(until && { expiresAt: new Date(until).toISOString() }) };
      const params = { path: { projectId } };
      take((await call(api.POST('/api/projects/{projectId}/keys', { params, body }))).data);
      setName('');
      setUntil('');
    });
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <h2>New key</h2>
      <label class="field">
        <span>Name</span>
        <input value={name} maxLength={200} required onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <div class="side-by-side">
        <label class="field">
          <span>May</span>
          <select value={access} onChange={(event) => setAccess(event.currentTarget.value as 'read' | 'write')}>
            <option value="read">read</option>
            <option value="write">read and write</option>
          </select>
        </label>
        <label class="field">
          <span>Expires (optional)</span>
          <input type="date" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
        </label>
      </div>
      {failure && <FailureNote failure={failure} />}
      <p class="actions">
        <button type="submit" class="primary" disabled={running || !name.trim()}>
          Make key
        </button>
      </p>
    </form>
  );
}

import { useState } from 'preact/hooks';
import { api, type CreatedKey, call } from './api.ts';
import { NewForm } from './new-form.tsx';

interface Props {
  readonly projectId: string;
  take(made: CreatedKey): void;
}

export function NewKey({ projectId, take }: Props) {
  const [access, setAccess] = useState<'read' | 'write'>('read');
  const [until, setUntil] = useState('');
  const make = async (name: string) => {
    const body = { name, access, ...(until && { expiresAt: new Date(until).toISOString() }) };
    const params = { path: { projectId } };
    take((await call(api.POST('/api/projects/{projectId}/keys', { params, body }))).data);
    setUntil('');
  };
  return (
    <NewForm what="key" make={make}>
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
    </NewForm>
  );
}

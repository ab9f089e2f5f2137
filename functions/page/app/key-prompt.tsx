import { useState } from 'preact/hooks';
import { keepKey, keyWanted } from './session.ts';

/** Asks for a key, if the service requires one. */
export function KeyPrompt() {
  const [text, setText] = useState('');
  return (
    <main class="centred">
      <form
        class="panel narrow"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) keepKey(text.trim());
        }}
      >
        <h1>Personas</h1>
        <p>
          {keyWanted.value === 'refused'
            ? 'That key is not valid: mistyped, revoked or expired. Try another one.'
            : 'This service asks for a key: the admin key, or the key of a project.'}
        </p>
        <label class="field">
          <span>Key</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <p class="actions">
          <button type="submit" class="primary" disabled={!text.trim()}>
            Open
          </button>
        </p>
        <p class="small quiet">It stays in this tab, and is forgotten when you close it.</p>
      </form>
    </main>
  );
}

import { useState } from 'preact/hooks';
import { type HeaderRow, headerTwice } from './fields.ts';

interface Props {
  readonly rows: readonly HeaderRow[];
  readonly readOnly: boolean;
  change(rows: HeaderRow[]): void;
}

const maxHeaders = 50;

/** The HTTP headers that a test run sends for this persona, in rows, with an empty row for another one. */
export function HeadersField({ rows, readOnly, change }: Props) {
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const twice = headerTwice(rows);
  if (readOnly && rows.length === 0) return null;
  const open = readOnly || rows.length === maxHeaders ? rows : [...rows, { name: '', value: '' }];
  const toggle = (name: string) => {
    const others = new Set(shown);
    if (!others.delete(name)) others.add(name);
    setShown(others);
  };
  return (
    <fieldset class="field">
      <legend>HTTP headers</legend>
      <p class="small quiet">What test runs send for this persona.</p>
      {open
        .map((row, place) => ({ row, place }))
        .map(({ row, place }) => (
          <HeaderFields
            key={place}
            row={row}
            readOnly={readOnly}
            hidden={isSecret(row.name) && !shown.has(row.name)}
            toggle={() => toggle(row.name)}
            change={(changed) => change(open.with(place, changed).filter(({ name, value }) => name || value))}
          />
        ))}
      {twice && (
        <p class="small wrong" role="alert">
          Two rows name the header {twice}: the last one counts.
        </p>
      )}
    </fieldset>
  );
}

/** Headers whose values are hidden. */
const isSecret = (name: string) => /auth|cookie|token|secret|password|key|credential|session/i.test(name);

interface FieldsProps {
  readonly row: HeaderRow;
  readonly readOnly: boolean;
  readonly hidden: boolean;
  toggle(): void;
  change(row: HeaderRow): void;
}

function HeaderFields({ row, readOnly, hidden, toggle, change }: FieldsProps) {
  const { name, value } = row;
  const field = {
    'aria-label': name ? `Value of ${name}` : 'Header value',
    placeholder: 'Value',
    autocomplete: 'off',
    maxLength: 8_000,
    spellcheck: false,
    value,
    readOnly,
    onInput: (event: InputEvent & { currentTarget: HTMLInputElement }) =>
      change({ name, value: event.currentTarget.value }),
  };
  return (
    <div class="header-row">
      <input
        aria-label="Header name"
        placeholder="X-Test-User"
        maxLength={200}
        spellcheck={false}
        value={name}
        readOnly={readOnly}
        onInput={(event) => change({ name: event.currentTarget.value, value })}
      />
      {hidden ? <input type="password" {...field} /> : <input {...field} />}
      {isSecret(name) && (
        <button
          type="button"
          class="plain"
          aria-label={`${hidden ? 'Show' : 'Hide'} the value of ${name}`}
          onClick={toggle}
        >
          {hidden ? 'Show' : 'Hide'}
        </button>
      )}
      {!readOnly && (name || value) && (
        <button
          type="button"
          class="plain"
          aria-label={`Remove ${name || 'the header'}`}
          onClick={() => change({ name: '', value: '' })}
        >
          Remove
        </button>
      )}
    </div>
  );
}

import { useState } from 'preact/hooks';
import type { Persona } from './api.ts';
import { changedFields, type FieldName, type Fields, fieldsOf, labels, wireOf } from './fields.ts';

interface Props {
  /** The user's changes. */
  readonly mine: Fields;
  /** The version from which they started. */
  readonly begun: Persona;
  /** The version that somebody else stored meanwhile. */
  readonly theirs: Persona;
  readonly running: boolean;
  choose(chosen: Fields): void;
}

/** Resolves a conflict: shows both versions of each field that differs, for a choice. */
export function Conflict({ mine, begun, theirs, running, choose }: Props) {
  const stored = fieldsOf(theirs);
  const differing = changedFields(mine, theirs);
  const written = changedFields(mine, begun);
  /** Initially the user's own version of changed fields, and the other one of the rest. */
  const [own, setOwn] = useState<ReadonlySet<FieldName>>(new Set(written));
  const take = (field: FieldName, isOwn: boolean) => {
    const others = new Set(own);
    if (isOwn) others.add(field);
    else others.delete(field);
    setOwn(others);
  };
  const kept = Object.fromEntries([...own].map((field) => [field, mine[field]]));
  return (
    <section class="conflict" role="alertdialog" aria-labelledby="conflict">
      <h2 id="conflict">Somebody changed this persona meanwhile</h2>
      <p>Choose what to keep. Nothing is stored until then.</p>
      {differing.map((field) => (
        <fieldset key={field}>
          <legend>{labels[field]}</legend>
          <Choice field={field} label="Yours" fields={mine} checked={own.has(field)} take={() => take(field, true)} />
          <Choice
            field={field}
            label="Theirs"
            fields={stored}
            checked={!own.has(field)}
            take={() => take(field, false)}
          />
        </fieldset>
      ))}
      <p class="actions">
        <button type="button" class="primary" disabled={running} onClick={() => choose({ ...stored, ...kept })}>
          Save what is chosen
        </button>
      </p>
    </section>
  );
}

interface ChoiceProps {
  readonly field: FieldName;
  readonly label: string;
  readonly fields: Fields;
  readonly checked: boolean;
  take(): void;
}

const Choice = ({ field, label, fields, checked, take }: ChoiceProps) => (
  <label class="choice">
    <input type="radio" name={`conflict-${field}`} checked={checked} onChange={take} />
    <span>
      <b>{label}</b>
      <span class="text">{textOf(field, fields) || '(empty)'}</span>
    </span>
  </label>
);

/** For headers, only the names, since values may be secret. */
function textOf(field: FieldName, fields: Fields): string {
  const value = wireOf(fields)[field];
  if (value === null || typeof value === 'string') return value ?? '';
  return Array.isArray(value) ? value.join(', ') : Object.keys(value).join(', ');
}

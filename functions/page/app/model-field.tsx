import { useId } from 'preact/hooks';

interface Props {
  readonly label: string;
  /** Known models, as suggestions. */
  readonly models: readonly string[];
  readonly placeholder: string;
  readonly value: string;
  /** A warning about the model, such as its shutdown. */
  readonly warning: string | undefined;
  change(model: string): void;
}

export function ModelField({ label, models, placeholder, value, warning, change }: Props) {
  const list = useId();
  return (
    <div class="field">
      <label class="field">
        <span>{label}</span>
        <input
          list={list}
          maxLength={200}
          placeholder={placeholder}
          spellcheck={false}
          value={value}
          aria-describedby={warning ? `${list}-warning` : undefined}
          onInput={(event) => change(event.currentTarget.value)}
        />
      </label>
      <datalist id={list}>
        {models.map((model) => (
          <option key={model} value={model} />
        ))}
      </datalist>
      {warning && (
        <p class="warning" id={`${list}-warning`}>
          {warning}
        </p>
      )}
    </div>
  );
}

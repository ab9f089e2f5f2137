import { useId } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  /** What the service says of the model, as that it ends soon. */
  readonly warning: string | undefined;
  change(model: string): void;
}

export function ModelField({ label, placeholder, value, warning, change }: Props) {
  const list = useId();
  return (
    <div class="field">
      <label class="field">
        <span>{label}</span>
        <input
          maxLength={200}
          placeholder={placeholder}
          spellcheck={false}
          value={value}
          aria-describedby={warning ? `${list}-warning` : undefined}
          onInput={(event) => change(event.currentTarget.value)}
        />
      </label>
      {warning && (
        <p class="warning" id={`${list}-warning`}>
          {warning}
        </p>
      )}
    </div>
  );
}

import { useId } from 'preact/hooks';

interface Props {
  readonly prompt: string;
  readonly readOnly: boolean;
  change(prompt: string): void;
}

const longest = 100_000;
const number = new Intl.NumberFormat();

/** The system prompt, with its length. */
export function PromptField({ prompt, readOnly, change }: Props) {
  const id = useId();
  return (
    <div class="field">
      <p class="label">
        <label for={id}>System prompt</label>
        <span id={`${id}-count`} class="count">
          {number.format(prompt.length)} of {number.format(longest)}
        </span>
      </p>
      <textarea
        id={id}
        aria-describedby={`${id}-count`}
        class="prompt growing"
        rows={10}
        value={prompt}
        maxLength={longest}
        readOnly={readOnly}
        placeholder={readOnly ? '' : 'You are Greta, 67, a retired engineer. You answer briefly and trust no chatbot.'}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </div>
  );
}

import type { ComponentChildren } from 'preact';
import type { CallFailure } from './call-failure.ts';

interface Props {
  readonly failure: CallFailure;
  /** Called by the button to try again. */
  readonly again?: () => void;
  /** Further help, such as a link to the settings. */
  readonly children?: ComponentChildren;
}

/** Shows a failure, and what to do. */
export function FailureNote({ failure: { message, details, requestId, status }, again, children }: Props) {
  const more = details.map((detail) => detail.message).filter((text) => text !== message);
  return (
    <div class="failure" role="alert">
      <p>{message}</p>
      {more.map((text) => (
        <p class="small" key={text}>
          {text}
        </p>
      ))}
      {status >= 500 && requestId && <p class="small">Request {requestId}</p>}
      {(again || children) && (
        <p class="actions">
          {again && (
            <button type="button" onClick={again}>
              Try again
            </button>
          )}
          {children}
        </p>
      )}
    </div>
  );
}

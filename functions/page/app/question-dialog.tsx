import { useEffect, useRef } from 'preact/hooks';
import { type Question, question } from './question.ts';
import './question-dialog.css';

export const QuestionDialog = () => question.value && <Asked {...question.value} />;

function Asked({ title, text, action, answer }: Question) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="question" onCancel={() => answer(false)}>
      <h2 id="question">{title}</h2>
      <p>{text}</p>
      <p class="actions">
        <button type="button" onClick={() => answer(false)}>
          Cancel
        </button>
        <button type="button" class="danger" onClick={() => answer(true)}>
          {action}
        </button>
      </p>
    </dialog>
  );
}

/** Asks for confirmation of actions that cannot be undone. */
import { signal } from '@preact/signals';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** The label of the button that confirms. */
  readonly action: string;
  answer(yes: boolean): void;
}

export const question = signal<Question | undefined>(undefined);

/** Shows the question. Resolves to whether it was confirmed. */
export function confirmed(asked: Omit<Question, 'answer'>): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      ...asked,
      answer(yes) {
        question.value = undefined;
        resolve(yes);
      },
    };
  });
}

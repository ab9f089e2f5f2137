/** A question before what cannot be undone. */
import { signal } from '@preact/signals';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
  answer(yes: boolean): void;
}

export const question = signal<Question | undefined>(undefined);

/** Asks once, in words. */
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

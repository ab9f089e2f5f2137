/** A short message at the bottom of the page, announced by screen readers. */
import { signal } from '@preact/signals';

export const notice = signal('');
let timer: ReturnType<typeof setTimeout> | undefined;

export function tell(text: string): void {
  notice.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    notice.value = '';
  }, 5_000);
}

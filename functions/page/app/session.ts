/** The user's key, kept for the session of this tab only, and sent with each call. */
import { batch, signal } from '@preact/signals';

const place = 'personas-api-key';

/** Empty without a key. */
export const key = signal(sessionStorage.getItem(place) ?? '');

/** Why the page asks for a key: the service requires one, or refused the given one. */
export const keyWanted = signal<'missing' | 'refused' | undefined>(undefined);

/** Browsers refuse other characters than visible ASCII in this header. */
const sendable = /^[\x21-\x7e]+$/;

export function keepKey(text: string): void {
  if (!sendable.test(text)) {
    keyWanted.value = 'refused';
    return;
  }
  sessionStorage.setItem(place, text);
  batch(() => {
    key.value = text;
    keyWanted.value = undefined;
  });
}

export function forgetKey(why: 'missing' | 'refused' = 'missing'): void {
  sessionStorage.removeItem(place);
  batch(() => {
    key.value = '';
    keyWanted.value = why;
  });
}

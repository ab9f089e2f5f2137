/** The person's key: kept for this tab's session only, and sent with each call. */
import { batch, signal } from '@preact/signals';

const place = 'personas-api-key';

/** Empty: none. */
export const key = signal(sessionStorage.getItem(place) ?? '');

/** Why the page asks for a key: the service wants one, or refused the one that was given. */
export const keyWanted = signal<'missing' | 'refused' | undefined>(undefined);

/** A key is of visible ASCII characters: browsers send no other ones in a header. */
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

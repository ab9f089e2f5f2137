import { tell } from './notice.ts';

/** Copies a text, and confirms it. Browsers allow it only over HTTPS and on localhost. */
export async function copy(text: string, told: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(told);
  } catch {
    tell('This browser does not let the page copy. Mark the text, and copy it by hand.');
  }
}

/** Bytes and texts, by what Node and browsers both have. */
import { FormatError } from './contents.ts';

/** More than any file of personas that is read as a whole; JSON lines are read line by line and may be longer. */
const megabytes = 64;

/** The text of a whole file, without a byte order mark. Refuses what is not UTF-8, and more than 64 MB. */
export async function readText(file: Blob): Promise<string> {
  if (file.size > megabytes * 1024 * 1024) {
    throw new FormatError(`It is larger than ${megabytes} MB; JSON lines (.jsonl) may be longer.`);
  }
  return decodeUtf8(await readBytes(file), 'It');
}

export const readBytes = async (file: Blob): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

/** `what` begins the sentence that refuses bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FormatError(`${what} is not UTF-8. Save it as UTF-8, or export it again.`);
  }
}

/** `what` begins the sentence that refuses a text that is not JSON. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(`${what} is not valid JSON; it may be cut off.`);
  }
}

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // A call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

/** `what` begins the sentence that refuses a text that is not base64. */
export function fromBase64(text: string, what: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new FormatError(`${what} is not valid base64; it may be cut off.`);
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** By the first bytes, of the three types that the service takes; whether it is a whole picture, the service tells. */
export function mediaTypeOf(bytes: Uint8Array): 'image/png' | 'image/jpeg' | 'image/webp' | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp' : undefined;
}

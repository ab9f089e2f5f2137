/** Bytes and texts, with functions that both Node and browsers have. */
import { FormatError } from './contents.ts';

/** The limit for files that are read as a whole; JSON Lines are read line by line and may be larger. */
const megabytes = 64;

/** Reads a file as text, without a byte order mark. Throws if it is not UTF-8 or larger than 64 MB. */
export async function readText(file: Blob): Promise<string> {
  if (file.size > megabytes * 1024 * 1024) {
    throw new FormatError(`It is larger than ${megabytes} MB; only JSON Lines (.jsonl) may be larger.`);
  }
  return decodeUtf8(await readBytes(file), 'It');
}

export const readBytes = async (file: Blob): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

/** `what` is the subject of the error message. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FormatError(`${what} is not UTF-8. Save it as UTF-8, or export it again.`);
  }
}

/** `what` is the subject of the error message. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(`${what} is not valid JSON; it may be truncated.`);
  }
}

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // The number of arguments of a call is limited.
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

/** `what` is the subject of the error message. */
export function fromBase64(text: string, what: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new FormatError(`${what} is not valid base64; it may be truncated.`);
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** The media type by the first bytes, if it is one that the service accepts. The service checks the rest. */
export function mediaTypeOf(bytes: Uint8Array): 'image/png' | 'image/jpeg' | 'image/webp' | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp' : undefined;
}

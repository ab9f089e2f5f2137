/** The text chunks of a PNG. https://www.w3.org/TR/png-3/#5DataRep */
import { FormatError } from './contents.ts';

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** With length, type and checksum. */
  readonly whole: Uint8Array;
}

const signatureLength = 8;
const frame = 12;

const latin1 = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

function* chunksOf(png: Uint8Array): Generator<Chunk> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = signatureLength; ; ) {
    const length = at + frame <= png.length ? view.getUint32(at) : Number.POSITIVE_INFINITY;
    const end = at + frame + length;
    if (end > png.length) throw new FormatError('The picture is truncated.');
    const type = latin1(png.subarray(at + 4, at + 8));
    yield { type, data: png.subarray(at + 8, end - 4), whole: png.subarray(at, end) };
    if (type === 'IEND') return;
    at = end;
  }
}

/** Keyword and text of a `tEXt` chunk: Latin-1, with a NUL between them. */
function textIn({ type, data }: Chunk): [keyword: string, text: Uint8Array] | undefined {
  const end = data.indexOf(0);
  return type === 'tEXt' && end > 0 ? [latin1(data.subarray(0, end)), data.subarray(end + 1)] : undefined;
}

/** The texts of a PNG by keyword. Throws a FormatError if the PNG is truncated. */
export function readTexts(png: Uint8Array): Map<string, string> {
  const texts = new Map<string, string>();
  for (const chunk of chunksOf(png)) {
    const [keyword, text] = textIn(chunk) ?? [];
    if (keyword && text) texts.set(keyword, new TextDecoder('latin1').decode(text));
  }
  return texts;
}

/** The PNG with these ASCII texts added, and without its own texts of the same keywords. */
export function withTexts(png: Uint8Array, texts: Readonly<Record<string, string>>): Uint8Array {
  const added = Object.entries(texts).map(([keyword, text]) => chunkOf('tEXt', `${keyword}\0${text}`));
  return assemble(png, Object.keys(texts), added);
}

/** The PNG without the texts of these keywords. */
export const withoutTexts = (png: Uint8Array, keywords: readonly string[]): Uint8Array => assemble(png, keywords, []);

function assemble(png: Uint8Array, without: readonly string[], added: readonly Uint8Array[]): Uint8Array {
  const kept = [...chunksOf(png)].filter((chunk) => !without.includes(textIn(chunk)?.[0] ?? ''));
  const wholes = kept.map(({ whole }) => whole);
  const end = wholes.pop() ?? new Uint8Array();
  const pieces = [png.subarray(0, signatureLength), ...wholes, ...added, end];
  const result = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}

function chunkOf(type: string, text: string): Uint8Array {
  const data = new TextEncoder().encode(type + text);
  const chunk = new Uint8Array(data.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length - 4);
  chunk.set(data, 4);
  view.setUint32(data.length + 4, checksum(data));
  return chunk;
}

/** CRC-32, https://www.w3.org/TR/png-3/#5CRC-algorithm */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/**
 * JSON Lines, this project's own format: one object per line. A persona has the fields that the API returns; the project and the images are
 * objects with the single key `project` or `image`. https://jsonlines.org
 *
 *     {"project": {"id": "…", "name": "Checkout bot", "maxConcurrency": 2}}
 *     {"id": "…", "name": "Grumpy Greta", "systemPrompt": "You are Greta.", "imageUrl": "….png"}
 *     {"image": {"id": "….png", "role": "persona-avatar", "imageBase64": "…"}}
 */
import type { Persona } from '../domain/persona.ts';
import { decodeUtf8, fromBase64, parseJson, toBase64 } from './bytes.ts';
import { type Contents, collector, FormatError, isObject, type SourceImage, textOf } from './contents.ts';
import { settingsFrom } from './settings.ts';

/** An image of 4 MB in base64, and room for its other fields. */
const longestLine = 6 * 1024 * 1024;

/**
 * Reads JSON Lines. `images`: images outside of the file. An image in the file is read again when it is loaded, so that a file of any size only
 * needs memory for its personas. Throws a FormatError that names the line.
 */
export async function readJsonLines(file: Blob, label = '', images: readonly SourceImage[] = []): Promise<Contents> {
  const entries: [at: string, entry: Readonly<Record<string, unknown>>][] = [];
  const found = [...images];
  let project: Readonly<Record<string, unknown>> = {};
  for await (const { number, start, bytes } of linesOf(file)) {
    const at = `line ${number}`;
    const entry = parseLine(bytes, at);
    if (isObject(entry.image)) found.push(imageOf(entry.image, file.slice(start, start + bytes.length), at));
    else if (isObject(entry.project)) project = entry.project;
    else entries.push([at, entry]);
  }
  const { id, name } = project;
  const { addImage, addPersona, contents } = collector(label, {
    ...(textOf(id) && { id: String(id) }),
    ...(textOf(name) && { name: String(name) }),
    settings: settingsFrom(project),
  });
  for (const image of found) addImage(image);
  for (const [at, entry] of entries) addPersona(at, entry);
  return contents();
}

function parseLine(bytes: Uint8Array, at: string): Readonly<Record<string, unknown>> {
  const entry = parseJson(decodeUtf8(bytes, sentenceOf(at)), sentenceOf(at));
  if (!isObject(entry)) throw new FormatError(`${sentenceOf(at)} is not a JSON object.`);
  return entry;
}

function imageOf(image: Readonly<Record<string, unknown>>, line: Blob, at: string): SourceImage {
  const { id, role } = image;
  if (typeof id !== 'string' || typeof role !== 'string' || typeof image.imageBase64 !== 'string') {
    throw new FormatError(`${sentenceOf(at)} is an image without id, role or imageBase64.`);
  }
  // Checked before anything is imported.
  fromBase64(image.imageBase64, sentenceOf(at));
  return {
    id,
    role,
    async load() {
      const entry: { image: { imageBase64: string } } = JSON.parse(await line.text());
      return fromBase64(entry.image.imageBase64, sentenceOf(at));
    },
  };
}

const sentenceOf = (at: string) => at.replace('line', 'Line');

interface Line {
  /** From 1. */
  readonly number: number;
  /** Its offset in the file, in bytes. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

const lineFeed = 0x0a;

/** The lines that are not blank. */
async function* linesOf(file: Blob): AsyncGenerator<Line> {
  let number = 1;
  let start = 0;
  let pieces: Uint8Array[] = [];
  let length = 0;

  function add(piece: Uint8Array): void {
    pieces.push(piece);
    length += piece.length;
    if (length > longestLine) throw new FormatError(`Line ${number} is longer than 6 MB.`);
  }
  function* end(): Generator<Line> {
    const bytes = join(pieces, length);
    if (!isBlank(bytes)) yield { number, start, bytes };
    number += 1;
    start += length + 1;
    pieces = [];
    length = 0;
  }

  // Not all browsers can iterate over streams.
  const reader = file.stream().getReader();
  for (let { value: chunk } = await reader.read(); chunk; { value: chunk } = await reader.read()) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      add(chunk.subarray(from, at));
      yield* end();
      from = at + 1;
    }
    add(chunk.subarray(from));
  }
  yield* end();
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** White space of JSON. */
const isBlank = (bytes: Uint8Array) => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

const line = (entry: object): string => `${JSON.stringify(entry)}\n`;

/** The line of the project, without the mask of its provider key. */
export const projectLine = (project: { readonly id: string } & Readonly<Record<string, unknown>>): string => {
  const { id, name } = project;
  return line({ project: { id, name, ...settingsFrom(project, { withKey: false }) } });
};

/** The line of a persona, without its times, which belong to its deployment. */
export const personaLine = ({ createdAt: _, updatedAt: __, ...persona }: Persona): string => line(persona);

export const imageLine = (id: string, role: string, bytes: Uint8Array): string =>
  line({ image: { id, role, imageBase64: toBase64(bytes) } });

import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { newPersona, type Persona, toWire } from '../../functions/domain/persona.ts';
import type { Item } from '../../functions/storage/dynamo.ts';
import { keys } from '../../functions/storage/table.ts';
import { definition, findBinary } from '../../lib/local/dynamodb.ts';

export const tableName = 'personas';

/** A project with a number of personas to store. */
export interface Wanted {
  readonly count: number;
  readonly prompt: string;
  /** The item of a persona. Default: as the API stores it. */
  readonly itemsOf?: (projectId: string, persona: Persona) => Item[];
}

export interface StoredProject {
  readonly id: string;
  readonly personaIds: readonly string[];
}

/** Runs the work with a temporary folder. */
export async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'personas-bench-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Creates `dynamodb.sqlite`, the file of the local engine, with the engine's import of DynamoDB's export format: for 100 000 personas it takes seconds
 * instead of minutes.
 */
export async function storeProjects(directory: string, ...wanted: readonly Wanted[]): Promise<StoredProject[]> {
  await using source = await temporaryDirectory();
  const stored = wanted.map(({ count }) => ({
    id: uuidv7(),
    personaIds: Array.from({ length: count }, () => uuidv7()),
  }));
  const data = join(source.path, 'export', tableName, 'data');
  await mkdir(data, { recursive: true });
  await pipeline(Readable.from(exported(stored, wanted)), createWriteStream(join(data, 'items.json')));
  const schema = join(source.path, 'schema.json');
  await writeFile(schema, JSON.stringify({ Table: definition(tableName) }));
  const output = join(directory, 'dynamodb.sqlite');
  const options = ['--source', join(source.path, 'export'), '--schema', schema, '--output', output];
  await promisify(execFile)(findBinary(), ['import', ...options]);
  return stored;
}

/** The items of a persona, as the API stores it. */
const wireItemsOf = (projectId: string, persona: Persona): Item[] => [
  { ...keys.persona(projectId, persona.id), persona: toWire(persona), version: 1 },
  { ...keys.name(projectId, persona.name), personaId: persona.id },
];

/** One item per line. */
function* exported(stored: readonly StoredProject[], wanted: readonly Wanted[]): Generator<string> {
  for (const [index, { id, personaIds }] of stored.entries()) {
    const { prompt = '', itemsOf = wireItemsOf } = wanted[index] ?? {};
    const name = `Project ${index}`;
    yield lines([
      { ...keys.project(id), name, version: 1 },
      { ...keys.directoryEntry(id), name },
    ]);
    for (const personaId of personaIds) yield lines(itemsOf(id, personaOf(personaId, prompt)));
  }
}

const lines = (items: readonly Item[]): string => items.map((item) => `{"Item":${fields(item)}}\n`).join('');

const fields = (value: object): string =>
  `{${Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${attribute(field)}`)}}`;

/** A value in DynamoDB's JSON. */
function attribute(value: unknown): string {
  if (typeof value === 'string') return `{"S":${JSON.stringify(value)}}`;
  if (typeof value === 'number') return `{"N":"${value}"}`;
  if (typeof value === 'object' && value !== null) return `{"M":${fields(value)}}`;
  throw new TypeError(`No attribute for ${typeof value}`);
}

/** A persona with this prompt, which alone determines its size. */
export const personaOf = (id: string, systemPrompt: string): Persona =>
  newPersona(
    {
      name: `Persona ${id}`,
      description: 'Has seen too many chatbots',
      systemPrompt,
      headers: { 'X-Test-User': id },
    },
    id,
  );

const sentence =
  'You are a customer who has waited for a week. You answer "briefly", and trust nobody who is friendly.\n';

/** A prompt for a persona with exactly this many bytes in its wire form, at least 400. */
export function promptOf(bytes: number): string {
  const missing = (prompt: string) => bytes - Buffer.byteLength(toWire(personaOf(uuidv7(), prompt)));
  const sentences = sentence.repeat(Math.floor(missing('') / JSON.stringify(sentence).length));
  return sentences + '.'.repeat(missing(sentences));
}

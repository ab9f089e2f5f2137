/** Detects the format of a file or folder and reads it. */
import { parseJson, readBytes, readText } from './bytes.ts';
import { isCard, readCard, readCardPng } from './character-card.ts';
import {
  type Contents,
  collector,
  combine,
  duplicateNamesIn,
  FormatError,
  isObject,
  type SourceImage,
} from './contents.ts';
import { readCsv } from './csv.ts';
import { configFile, personaEntries, readWorkspace } from './evalstudio.ts';
import { readJsonLines } from './json-lines.ts';

/** `label` is put before each place in the file. */
type Reader = (file: Blob, label?: string) => Promise<Contents>;

const readers = new Map<string, Reader>([
  ['jsonl', readJsonLines],
  ['ndjson', readJsonLines],
  ['json', readJson],
  ['csv', readCsv],
  ['tsv', readCsv],
  ['png', readCardPng],
]);

/** The extensions of files that can be read. */
export const extensions = [...readers.keys()];

const readerFor = (name: string) => readers.get(name.toLowerCase().split('.').at(-1) ?? '');

/** Throws a FormatError whose message begins with the file's name. */
export async function readFile(name: string, file: Blob): Promise<Contents> {
  return withDuplicateNames(await readWith(readerFor(name), name, file));
}

/** An export of this project as a folder: a file of JSON Lines, and `images/<role>/<id>`. */
export const linesFile = 'personas.jsonl';
export const imagesFolder = 'images';

/**
 * Reads a folder: an EvalStudio workspace, an export of this project, or files of known formats, which become one project. `files`: by path in
 * the folder, with `/`. Throws a FormatError whose message begins with the file's name.
 */
export async function readFolder(files: ReadonlyMap<string, Blob>): Promise<Contents> {
  if (files.has(configFile)) return withDuplicateNames(await readWorkspace(files));
  const lines = files.get(linesFile);
  if (lines) {
    return withDuplicateNames(await readWith((file) => readJsonLines(file, '', imagesBeside(files)), linesFile, lines));
  }
  const known = [...files].filter(([path]) => readerFor(path));
  if (known.length === 0) {
    throw new FormatError(
      `The folder has no ${configFile}, no ${linesFile} and no file with one of the extensions ${kinds}.`,
    );
  }
  const parts = [];
  for (const [path, file] of known) parts.push(await readWith(readerFor(path), path, file, path));
  const { projects, warnings } = combine(parts);
  const [personas, images] = [
    projects.flatMap((project) => project.personas),
    projects.flatMap(({ images }) => images),
  ];
  return withDuplicateNames({ projects: [{ personas, images }], warnings });
}

const kinds = extensions.join(', ');

async function readWith(read: Reader | undefined, name: string, file: Blob, label = ''): Promise<Contents> {
  if (!read) throw new FormatError(`${name}: only files with the extensions ${kinds} can be read.`);
  try {
    return await read(file, label);
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(`${name}: ${error.message}`) : error;
  }
}

const withDuplicateNames = ({ projects, warnings }: Contents): Contents => ({
  projects,
  warnings: [...warnings, ...projects.flatMap(duplicateNamesIn)],
});

/** Reads a character card, or an answer of the API: a persona or an array of personas. */
async function readJson(file: Blob, label = ''): Promise<Contents> {
  const value = parseJson(await readText(file), 'It');
  if (isObject(value) && isCard(value)) return readCard(value, label);
  const { addPersona, contents } = collector(label);
  const entries = personaEntries(isObject(value) ? [value] : value);
  for (const [place, entry] of entries) addPersona(place, entry);
  return contents();
}

function imagesBeside(files: ReadonlyMap<string, Blob>): SourceImage[] {
  return [...files].flatMap(([path, file]) => {
    const [folder, role, id, ...deeper] = path.split('/');
    if (folder !== imagesFolder || !role || !id || deeper.length > 0) return [];
    return [{ id, role, load: () => readBytes(file) }];
  });
}

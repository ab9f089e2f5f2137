/** Which format a file or a folder is of. */
import { parseJson, readBytes, readText } from './bytes.ts';
import { isCard, readCard, readCardPng } from './character-card.ts';
import { type Contents, collector, combined, FormatError, isObject, type SourceImage, twinsIn } from './contents.ts';
import { readCsv } from './csv.ts';
import { configFile, personaEntries, readWorkspace } from './evalstudio.ts';
import { readJsonLines } from './json-lines.ts';

/** `label` stands before each place in the file. */
type Reader = (file: Blob, label?: string) => Promise<Contents>;

const readers = new Map<string, Reader>([
  ['jsonl', readJsonLines],
  ['ndjson', readJsonLines],
  ['json', readJson],
  ['csv', readCsv],
  ['tsv', readCsv],
  ['png', readCardPng],
]);

/** What is read, by the end of a file's name. */
export const extensions = [...readers.keys()];

const readerFor = (name: string) => readers.get(name.toLowerCase().split('.').at(-1) ?? '');

/** Throws a FormatError whose message begins with the file's name. */
export async function readFile(name: string, file: Blob): Promise<Contents> {
  return withTwins(await readWith(readerFor(name), name, file));
}

/** Our own export in a folder: one file of lines, and `images/<role>/<id>` beside it. */
export const linesFile = 'personas.jsonl';
export const imagesFolder = 'images';

/**
 * A folder: EvalStudio's workspace, our own export, or files of the known kinds, whose personas become one project's. `files`: each by its path in
 * the folder, with `/` between its parts. Throws a FormatError whose message begins with the file's name.
 */
export async function readFolder(files: ReadonlyMap<string, Blob>): Promise<Contents> {
  if (files.has(configFile)) return withTwins(await readWorkspace(files));
  const lines = files.get(linesFile);
  if (lines) {
    return withTwins(await readWith((file) => readJsonLines(file, '', imagesBeside(files)), linesFile, lines));
  }
  const known = [...files].filter(([path]) => readerFor(path));
  if (known.length === 0) {
    throw new FormatError(`The folder holds no ${configFile}, no ${linesFile} and no file of the kinds ${kinds}.`);
  }
  const parts = [];
  for (const [path, file] of known) parts.push(await readWith(readerFor(path), path, file, path));
  const { projects, warnings } = combined(parts);
  const [personas, images] = [
    projects.flatMap((project) => project.personas),
    projects.flatMap(({ images }) => images),
  ];
  return withTwins({ projects: [{ personas, images }], warnings });
}

const kinds = extensions.join(', ');

async function readWith(read: Reader | undefined, name: string, file: Blob, label = ''): Promise<Contents> {
  if (!read) throw new FormatError(`${name}: only files of the kinds ${kinds} are read.`);
  try {
    return await read(file, label);
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(`${name}: ${error.message}`) : error;
  }
}

const withTwins = ({ projects, warnings }: Contents): Contents => ({
  projects,
  warnings: [...warnings, ...projects.flatMap(twinsIn)],
});

/** A character card, or what `GET …/personas` answers: one persona or a list of them. */
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

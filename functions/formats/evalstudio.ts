/**
 * EvalStudio's workspace, a folder: `evalstudio.config.json` and, for each project, `projects/<id>/data/personas.json` and
 * `projects/<id>/data/images/<role>/<image id>`. https://github.com/slv/evalstudio
 */
import { parseJson, readBytes, readText } from './bytes.ts';
import { type Contents, collector, combine, FormatError, isObject, textOf } from './contents.ts';
import { settingsFrom } from './settings.ts';

export const configFile = 'evalstudio.config.json';

/** Each file by its path in the workspace. */
type Folder = ReadonlyMap<string, Blob>;

export async function readWorkspace(files: Folder): Promise<Contents> {
  const config = await readJsonFile(files, configFile);
  if (!isObject(config) || !Array.isArray(config.projects)) {
    throw new FormatError(`${configFile} has no projects; supported are workspaces of EvalStudio 0.8 (version 3).`);
  }
  const parts = config.projects.map(async (project: unknown, index) => {
    if (!isObject(project) || !textOf(project.id)) {
      throw new FormatError(`${configFile}: project ${index + 1} has no id.`);
    }
    // The workspace has the defaults of its projects.
    return readProject(files, { ...config, ...project }, String(project.id));
  });
  return combine(await Promise.all(parts));
}

async function readProject(files: Folder, config: Readonly<Record<string, unknown>>, id: string) {
  const folder = `projects/${id}/data`;
  const name = textOf(config.name);
  const { addImage, addPersona, contents } = collector(name ?? id, {
    id,
    ...(name && { name }),
    settings: settingsFrom(config),
  });
  for (const [path, file] of files) {
    const [role, image, ...deeper] = path.startsWith(`${folder}/images/`)
      ? path.slice(`${folder}/images/`.length).split('/')
      : [];
    if (role && image && deeper.length === 0) addImage({ id: image, role, load: () => readBytes(file) });
  }
  if (files.has(`${folder}/personas.json`)) {
    for (const [at, entry] of personaEntries(await readJsonFile(files, `${folder}/personas.json`)))
      addPersona(at, entry);
  }
  return contents();
}

/** The entries of a `personas.json`, or of the answer of `GET …/personas`. */
export function personaEntries(personas: unknown): [at: string, entry: Readonly<Record<string, unknown>>][] {
  if (!Array.isArray(personas)) throw new FormatError('It is not an array of personas.');
  return personas.map((entry: unknown, index) => {
    const at = `persona ${index + 1}`;
    if (!isObject(entry)) throw new FormatError(`It is not an array of personas: ${at} is not an object.`);
    return [at, entry];
  });
}

async function readJsonFile(files: Folder, path: string): Promise<unknown> {
  const file = files.get(path);
  if (!file) throw new FormatError(`${path} is missing.`);
  try {
    return parseJson(await readText(file), 'It');
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(`${path}: ${error.message}`) : error;
  }
}

/** Reads the source of an import: a file, a folder, or the address of a running EvalStudio. */
import { openAsBlob } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { type Contents, FormatError, type SourceProject } from '../../functions/formats/contents.ts';
import { readFile, readFolder } from '../../functions/formats/read.ts';
import { readService } from './evalstudio-service.ts';
import { UsageError } from './exit-status.ts';
import { note } from './output.ts';

export const isAddress = (source: string): boolean => /^https?:\/\//.test(source);

/** Reads a source, and reports what is left out. Throws a message if it cannot be read. */
export async function readSource(source: string, signal: AbortSignal): Promise<Contents> {
  const contents = isAddress(source) ? await readService(source, signal) : await readPath(source);
  for (const { at, message } of contents.warnings) note(at ? `${at}: ${message}` : message);
  return contents;
}

async function readPath(path: string): Promise<Contents> {
  const found = await stat(path).catch((error: Error) => {
    throw new UsageError(`${path} cannot be read: ${error.message}`);
  });
  return found.isDirectory() ? readFolder(await filesIn(path)) : readFile(basename(path), await openAsBlob(path));
}

async function filesIn(folder: string): Promise<Map<string, Blob>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = new Map<string, Blob>();
  for (const path of paths.toSorted()) files.set(relative(folder, path).replaceAll(sep, '/'), await openAsBlob(path));
  return files;
}

/** The project of a source with this id or name, or its only one. */
export function onlyProject({ projects }: Contents, named: string | undefined): SourceProject {
  const found = named === undefined ? projects : projects.filter(({ id, name }) => id === named || name === named);
  const [project] = found;
  if (project && found.length === 1) return project;
  const list = projects.map(({ id = '', name = '' }) => `\n  ${id}  ${name}`).join('');
  throw new FormatError(
    named === undefined
      ? `It has ${projects.length} projects. Use --only with one of them:${list}`
      : `It has ${found.length} projects called "${named}". There are:${list}`,
  );
}

/** Reads dropped or chosen files and folders, by path. */
import type { Contents } from '../../formats/contents.ts';
import { readFile, readFolder } from '../../formats/read.ts';

export type Files = ReadonlyMap<string, File>;

export const chosenFiles = (files: Iterable<File>): Files =>
  new Map([...files].map((file) => [file.webkitRelativePath || file.name, file]));

/** The dropped files, including those in folders. Call it during the drop event, after which browsers clear them. */
export async function droppedFiles({ items }: DataTransfer): Promise<Files> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found = new Map<string, File>();
  for (const entry of entries) await collect(entry, found);
  return found;
}

async function collect(entry: FileSystemEntry, into: Map<string, File>): Promise<void> {
  const path = entry.fullPath.replace(/^\//, '');
  if (isFile(entry)) into.set(path, await new Promise<File>((resolve, reject) => entry.file(resolve, reject)));
  if (isDirectory(entry)) for (const child of await childrenOf(entry)) await collect(child, into);
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** The reader returns the entries in parts, with an empty one at the end. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return children;
    children.push(...part);
  }
}

/** Throws a message if they cannot be read. */
export function readFiles(files: Files): Promise<Contents> {
  const [only, ...others] = files;
  if (only && others.length === 0 && !only[0].includes('/')) return readFile(...only);
  return readFolder(withoutRoot(files));
}

/** Removes the common root folder of the paths, if there is one. */
function withoutRoot(files: Files): Files {
  const paths = [...files.keys()];
  const root = `${paths[0]?.split('/')[0]}/`;
  if (!paths.every((path) => path.startsWith(root))) return files;
  return new Map([...files].map(([path, file]) => [path.slice(root.length), file]));
}

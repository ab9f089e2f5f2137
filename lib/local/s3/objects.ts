/**
 * The objects of a bucket, in a folder. Each is a file: a line of JSON with its description, then its bytes. A file is renamed when it is
 * complete, so that a killed program leaves no partial object.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Failure } from './failure.ts';

export interface ObjectEntry {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** In double quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** The headers that were stored with it and are returned: type, metadata, checksum. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface OpenObject extends ObjectEntry {
  /** The caller has to close it. */
  readonly file: FileHandle;
  /** The offset of the bytes in the file. */
  readonly offset: number;
}

export interface Objects {
  /** Returns its ETag. */
  put(key: string, bytes: Buffer, headers: Readonly<Record<string, string>>): Promise<string>;
  open(key: string): Promise<OpenObject | undefined>;
  remove(key: string): Promise<void>;
  /** All keys with this prefix, sorted. */
  keys(prefix: string): Promise<string[]>;
}

/** More than the 8 kB that S3 accepts for headers. */
const descriptionLimit = 16 * 1024;

export async function openObjects(directory: string): Promise<Objects> {
  const stored = join(directory, 'objects');
  const unfinished = join(directory, 'unfinished');
  await rm(unfinished, { recursive: true, force: true });
  for (const folder of [stored, unfinished]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const fileOf = (key: string) => join(stored, nameOf(key));

  return {
    async put(key, bytes, headers) {
      const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
      const file = fileOf(key);
      const written = join(unfinished, randomUUID());
      try {
        await writeFile(written, [`${JSON.stringify({ etag, headers })}\n`, bytes], { mode: 0o600 });
        await rename(written, file);
      } finally {
        await rm(written, { force: true });
      }
      return etag;
    },

    async open(key) {
      const file = await open(fileOf(key)).catch(ignoreMissing);
      if (!file) return undefined;
      try {
        const { buffer } = await file.read(Buffer.alloc(descriptionLimit), 0, descriptionLimit, 0);
        const offset = buffer.indexOf('\n') + 1;
        const { size, mtime } = await file.stat();
        return {
          key,
          size: size - offset,
          lastModified: mtime,
          offset,
          file,
          ...JSON.parse(buffer.toString('utf8', 0, offset)),
        };
      } catch (error) {
        await file.close();
        throw error;
      }
    },

    remove: (key) => rm(fileOf(key), { force: true }),

    async keys(prefix) {
      const keys = (await readdir(stored)).map(decodeURIComponent);
      return keys.filter((key) => key.startsWith(prefix)).sort();
    },
  };
}

/** The file name of a key, valid on Windows too. Throws if it is too long for a file system. */
function nameOf(key: string): string {
  const name = encodeURIComponent(key).replaceAll('*', '%2A');
  if (name.length > 255) throw new S3Failure(400, 'KeyTooLongError', 'Your key is too long.');
  return name;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

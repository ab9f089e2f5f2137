/** The folder in which data is kept between runs: one program at a time, and beside what may lie there already. */
import { mkdir, open, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { workers } from '../contract/functions.ts';
import { bucket } from './environment.ts';

/** All that this program makes there. Somebody else's files may lie beside it. */
const own = [
  'admin-key',
  'aws-credentials.json',
  'dynamodb.sqlite',
  'dynamodb.sqlite-shm',
  'dynamodb.sqlite-wal',
  'kms-master-key',
  `s3/${bucket}`,
  // How far each has read the table's stream.
  ...workers.map(({ name }) => `${name}.json`),
];

/** Removes the data of earlier runs, and nothing else. */
export async function removeData(directory: string): Promise<void> {
  for (const name of own) await rm(join(directory, name), { recursive: true, force: true });
  await rmdir(join(directory, 's3')).catch(unlessLeft);
}

function unlessLeft(error: NodeJS.ErrnoException): void {
  if (!['ENOENT', 'ENOTEMPTY'].includes(error.code ?? '')) throw error;
}

/**
 * Keeps every other program out of what a file stands for, until it is closed or this process ends, however it does: SQLite has the operating system
 * hold the lock. Throws where another one is in.
 */
export async function lock(file: string): Promise<{ close(): void }> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await (await open(file, 'a', 0o600)).close();
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new Error(`Another program uses ${dirname(file)}. End it, or take another folder with --data.`, { cause });
  }
  return database;
}

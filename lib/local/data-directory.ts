/** The directory with the data between runs. One program at a time uses it; it may also have files of others. */
import { mkdir, open, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { workers } from '../contract/functions.ts';
import { bucket } from './environment.ts';

/** Everything that this project creates there. */
const ownFiles = [
  'admin-key',
  'aws-credentials.json',
  'dynamodb.sqlite',
  'dynamodb.sqlite-shm',
  'dynamodb.sqlite-wal',
  'kms-master-key',
  `s3/${bucket}`,
  // The position of each in the table's stream.
  ...workers.map(({ name }) => `${name}.json`),
];

/** Removes the data of earlier runs, and nothing else. */
export async function removeData(directory: string): Promise<void> {
  for (const name of ownFiles) await rm(join(directory, name), { recursive: true, force: true });
  await rmdir(join(directory, 's3')).catch(ignoreMissingOrNotEmpty);
}

function ignoreMissingOrNotEmpty(error: NodeJS.ErrnoException): void {
  if (!['ENOENT', 'ENOTEMPTY'].includes(error.code ?? '')) throw error;
}

/**
 * Locks a file against other programs until it is closed or this process ends: SQLite uses a lock of the operating system, which also ends when the
 * process is killed. Throws if another program holds it.
 */
export async function lock(file: string): Promise<{ close(): void }> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await (await open(file, 'a', 0o600)).close();
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new Error(`Another program uses ${dirname(file)}. End it, or use another directory with --data.`, { cause });
  }
  return database;
}

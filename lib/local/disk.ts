import { statfs } from 'node:fs/promises';

/** With less, the DynamoDB engine cannot grow its file. */
const minBytes = 1024 * 1024;

/** Whether the disk of a directory is full. */
export async function isDiskFull(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < minBytes;
}

import { statfs } from 'node:fs/promises';

/** Less is no room for another page of a table. */
const leastBytes = 1024 * 1024;

/** Whether the disk that holds a directory has no room left. */
export async function isDiskFull(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < leastBytes;
}

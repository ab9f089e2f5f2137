import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { keptFile } from './kept-file.ts';
import type { Credentials } from './signature.ts';

const Kept = z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

/** The credentials that the stand-ins of this data take, and no others: made at random on first use, and readable by its owner only. */
export async function keptCredentials(directory: string): Promise<Credentials> {
  const file = join(directory, 'aws-credentials.json');
  const make = () =>
    JSON.stringify({
      accessKeyId: `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
    });
  const text = (await keptFile(file, make)).toString();
  try {
    return Kept.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} holds no credentials. Delete it to have new ones made.`, { cause });
  }
}

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { privateFile } from './private-file.ts';
import type { Credentials } from './signature.ts';

const StoredCredentials = z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

/** The only credentials that the stand-ins of a data directory accept: random, created at the first use, readable by their owner only. */
export async function localCredentials(directory: string): Promise<Credentials> {
  const file = join(directory, 'aws-credentials.json');
  const make = () =>
    JSON.stringify({
      accessKeyId: `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
    });
  const text = (await privateFile(file, make)).toString();
  try {
    return StoredCredentials.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} has no valid credentials. Delete it, and new ones are created.`, { cause });
  }
}

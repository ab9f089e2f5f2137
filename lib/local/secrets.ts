import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Listener, listen } from './listen.ts';

export interface Secrets extends Listener {
  /** What the one secret holds: the admin key. */
  readonly adminKey: string;
}

/**
 * GetSecretValue as AWS Secrets Manager speaks it, over the wire, for one secret: the admin key, which is made on the first start and
 * lies in the file `admin-key` of `directory`. https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
export async function startSecrets({
  directory,
  name,
}: {
  readonly directory: string;
  readonly name: string;
}): Promise<Secrets> {
  const adminKey = await keptKey(directory);
  const listener = await listen(async (request, response) => {
    const { SecretId } = JSON.parse((await buffer(request)).toString());
    const known = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue' && SecretId === name;
    const error = 'ResourceNotFoundException';
    response.writeHead(known ? 200 : 400, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': randomUUID(),
      ...(!known && { 'x-amzn-errortype': error }),
    });
    response.end(
      JSON.stringify(
        known
          ? { Name: name, SecretString: adminKey, VersionStages: ['AWSCURRENT'] }
          : { __type: error, message: 'This stand-in holds one secret and reads it only.' },
      ),
    );
  });
  return { ...listener, adminKey };
}

async function keptKey(directory: string): Promise<string> {
  const file = join(directory, 'admin-key');
  await mkdir(directory, { recursive: true });
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(file, 'utf8');
}

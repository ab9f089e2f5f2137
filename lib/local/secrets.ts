import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { listenJson, refuse } from './aws-json.ts';
import { keptFile } from './kept-file.ts';
import type { Listener } from './listen.ts';
import type { Credentials } from './signature.ts';

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
  credentials,
}: {
  readonly directory: string;
  readonly name: string;
  readonly credentials: Credentials;
}): Promise<Secrets> {
  const file = join(directory, 'admin-key');
  const adminKey = (await keptFile(file, () => randomBytes(32).toString('base64url'))).toString();
  if (adminKey.trim() === '') throw new Error(`${file} holds no key. Delete it to have a new one made.`);

  const listener = await listenJson<{ SecretId?: string }>('secretsmanager', credentials, (target, { SecretId }) => {
    if (target !== 'secretsmanager.GetSecretValue' || SecretId !== name) {
      return refuse('ResourceNotFoundException', 'This stand-in holds one secret and reads it only.');
    }
    return { body: { Name: name, SecretString: adminKey, VersionStages: ['AWSCURRENT'] } };
  });
  return { ...listener, adminKey };
}

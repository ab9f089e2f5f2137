import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { listenJson, refuse } from './aws-json.ts';
import type { Listener } from './listen.ts';
import { privateFile } from './private-file.ts';
import type { Credentials } from './signature.ts';

export interface Secrets extends Listener {
  /** The value of the only secret. */
  readonly adminKey: string;
}

/**
 * A stand-in for AWS Secrets Manager: GetSecretValue over its wire protocol, for one secret, the admin key. It is created at the first start, in the file
 * `admin-key` of `directory`. https://docs.aws.amazon.com/secretsmanager/latest/apireference/
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
  const adminKey = (await privateFile(file, () => randomBytes(32).toString('base64url'))).toString();
  if (adminKey.trim() === '') throw new Error(`${file} is empty. Delete it, and a new key is created.`);

  const listener = await listenJson<{ SecretId?: string }>('secretsmanager', credentials, (target, { SecretId }) => {
    if (target !== 'secretsmanager.GetSecretValue' || SecretId !== name) {
      return refuse(
        'ResourceNotFoundException',
        'This stand-in only supports GetSecretValue, for the secret of the admin key.',
      );
    }
    return { body: { Name: name, SecretString: adminKey, VersionStages: ['AWSCURRENT'] } };
  });
  return { ...listener, adminKey };
}

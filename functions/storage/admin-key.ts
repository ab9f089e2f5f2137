import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { setting } from '../domain/settings.ts';
import { clientDefaults } from './client-defaults.ts';

const secrets = new SecretsManagerClient(clientDefaults);

let last: { readonly key: string; readonly readAt: number } | undefined;
let reading: Promise<string> | undefined;

/** The admin key. `age`: how old a cached value may be, in milliseconds. */
export async function adminKey(age: number): Promise<string> {
  if (last && Date.now() - last.readAt < age) return last.key;
  reading ??= readKey().finally(() => {
    reading = undefined;
  });
  return reading;
}

async function readKey(): Promise<string> {
  const readAt = Date.now();
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: setting('ADMIN_KEY_SECRET') }));
  if (!SecretString) throw new Error('The secret of the admin key is empty');
  last = { key: SecretString, readAt };
  return SecretString;
}

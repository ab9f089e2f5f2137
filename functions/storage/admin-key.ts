import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { setting } from '../domain/settings.ts';
import { clientDefaults } from './client-defaults.ts';

const secrets = new SecretsManagerClient(clientDefaults);

/** The key that the deployment made for its operator. */
export async function adminKey(): Promise<string> {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: setting('ADMIN_KEY_SECRET') }));
  if (!SecretString) throw new Error('The secret of the admin key is empty');
  return SecretString;
}

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Secrets, startSecrets } from '../../lib/local/secrets.ts';

const credentials = { accessKeyId: 'ours', secretAccessKey: 'secret' };
const name = 'the/admin-key';

let directory: string;
let secrets: Secrets;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secrets-'));
  secrets = await startSecrets({ directory, name, credentials });
});
afterAll(async () => {
  await secrets.close();
  await rm(directory, { recursive: true });
});

const client = (config = {}) =>
  new SecretsManagerClient({ endpoint: secrets.url, region: 'us-east-1', credentials, ...config });
const get = (config = {}, SecretId = name) => client(config).send(new GetSecretValueCommand({ SecretId }));

describe('the Secrets Manager stand-in', () => {
  it('returns the admin key, which is in a file of its owner', async () => {
    const { SecretString } = await get();
    expect(SecretString).toBe(secrets.adminKey);
    expect(await readFile(join(directory, 'admin-key'), 'utf8')).toBe(secrets.adminKey);
    if (process.platform !== 'win32') expect((await stat(join(directory, 'admin-key'))).mode & 0o777).toBe(0o600);
  });

  it('refuses requests without a valid signature', async () => {
    const unsigned = await fetch(secrets.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
      body: JSON.stringify({ SecretId: name }),
    });
    expect(unsigned.status).toBe(400);
    expect(await unsigned.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    const other = { accessKeyId: 'other', secretAccessKey: 'secret' };
    await expect(get({ credentials: other })).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    const guessed = { accessKeyId: 'ours', secretAccessKey: 'guessed' };
    await expect(get({ credentials: guessed })).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    await expect(get({ systemClockOffset: 16 * 60_000 })).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  });

  it('has no other secret, and stores none', async () => {
    await expect(get({}, 'another')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const put = new PutSecretValueCommand({ SecretId: name, SecretString: 'x' });
    await expect(client().send(put)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('reports an empty file', async () => {
    const emptied = await mkdtemp(join(tmpdir(), 'secrets-'));
    await writeFile(join(emptied, 'admin-key'), '\n');
    await expect(startSecrets({ directory: emptied, name, credentials })).rejects.toThrow('admin-key is empty.');
    await rm(emptied, { recursive: true });
  });
});

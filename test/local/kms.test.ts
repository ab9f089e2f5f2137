import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, EncryptCommand, GenerateRandomCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKms } from '../../lib/local/kms.ts';

const credentials = { accessKeyId: 'ours', secretAccessKey: 'secret' };
const client = (endpoint: string) => new KMSClient({ endpoint, region: 'us-east-1', credentials });
const context = { projectId: 'p1', purpose: 'provider key' };
const secret = Buffer.from('sk-proj-secret');

describe('the KMS stand-in', () => {
  let server: Awaited<ReturnType<typeof startKms>>;
  let kms: KMSClient;

  beforeAll(async () => {
    server = await startKms({ credentials });
    kms = client(server.url);
  });
  afterAll(() => server.close());

  const encrypt = async (plaintext: Buffer, KeyId = 'the-key') =>
    await kms.send(new EncryptCommand({ KeyId, Plaintext: plaintext, EncryptionContext: context }));

  it('decrypts what it encrypted, whatever the order of the context', async () => {
    const { CiphertextBlob, KeyId } = await encrypt(secret);
    const { Plaintext } = await kms.send(
      new DecryptCommand({ CiphertextBlob, EncryptionContext: { purpose: 'provider key', projectId: 'p1' } }),
    );
    expect(Buffer.from(Plaintext as Uint8Array)).toEqual(secret);
    expect(KeyId).toBe('arn:aws:kms:us-east-1:000000000000:key/the-key');
  });

  it('encrypts, and never twice in the same way', async () => {
    const [one, other] = await Promise.all([encrypt(secret), encrypt(secret)]);
    expect(Buffer.from(one.CiphertextBlob as Uint8Array).includes(secret)).toBe(false);
    expect(one.CiphertextBlob).not.toEqual(other.CiphertextBlob);
  });

  it.each([
    ['another context', { projectId: 'p2', purpose: 'provider key' }],
    ['a part of the context', { projectId: 'p1' }],
    ['no context', undefined],
  ])('refuses %s', async (_case, EncryptionContext) => {
    const { CiphertextBlob } = await encrypt(secret);
    const decryption = kms.send(
      new DecryptCommand({ CiphertextBlob, ...(EncryptionContext && { EncryptionContext }) }),
    );
    await expect(decryption).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it.each([0, 1, 60, -1])('refuses a blob with a damaged byte at %i', async (at) => {
    const blob = Buffer.from((await encrypt(secret)).CiphertextBlob as Uint8Array);
    const index = at < 0 ? blob.length + at : at;
    blob.writeUInt8(blob.readUInt8(index) ^ 1, index);
    await expect(
      kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context })),
    ).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('refuses a blob that it did not encrypt', async () => {
    const decryption = kms.send(new DecryptCommand({ CiphertextBlob: Buffer.from('no') }));
    await expect(decryption).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('refuses to decrypt with another key', async () => {
    const { CiphertextBlob } = await encrypt(secret);
    const decryption = kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context, KeyId: 'another' }));
    await expect(decryption).rejects.toMatchObject({ name: 'IncorrectKeyException' });
  });

  it('accepts 4096 bytes and not more', async () => {
    await expect(encrypt(Buffer.alloc(4096))).resolves.toHaveProperty('CiphertextBlob');
    await expect(encrypt(Buffer.alloc(4097))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses other operations', async () => {
    await expect(kms.send(new GenerateRandomCommand({ NumberOfBytes: 1 }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('the KMS stand-in with a directory', () => {
  it('stores its key for its owner only', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kms-'));
    const first = await startKms({ directory: join(directory, 'made'), credentials });
    const { CiphertextBlob } = await client(first.url).send(new EncryptCommand({ KeyId: 'k', Plaintext: secret }));
    await first.close();

    const second = await startKms({ directory: join(directory, 'made'), credentials });
    const { Plaintext } = await client(second.url).send(new DecryptCommand({ CiphertextBlob }));
    await second.close();

    expect(Buffer.from(Plaintext as Uint8Array)).toEqual(secret);
    if (process.platform !== 'win32') {
      expect((await stat(join(directory, 'made', 'kms-master-key'))).mode & 0o777).toBe(0o600);
    }
    await rm(directory, { recursive: true });
  });

  it('reports an invalid key file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kms-'));
    await writeFile(join(directory, 'kms-master-key'), 'short');
    await expect(startKms({ directory, credentials })).rejects.toThrow('is not a key of 32 bytes');
    await rm(directory, { recursive: true });
  });
});

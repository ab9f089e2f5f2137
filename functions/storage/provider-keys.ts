/**
 * The projects' provider keys, encrypted by KMS. The encryption context binds a key to its project: it cannot be decrypted for another
 * one. Only update-project-config may encrypt, and only generate-image may decrypt.
 */
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { setting } from '../domain/settings.ts';
import { clientDefaults } from './client-defaults.ts';

const kms = new KMSClient(clientDefaults);

/** Encrypts a key of at most 4 096 bytes for this project. */
export async function encryptKey(projectId: string, key: string): Promise<Uint8Array> {
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId: setting('KMS_KEY_ID'), Plaintext: Buffer.from(key), EncryptionContext: { projectId } }),
  );
  if (!CiphertextBlob) throw new Error('KMS answered without a ciphertext');
  return CiphertextBlob;
}

/** Decrypts a key that was encrypted for this project. */
export async function decryptKey(projectId: string, ciphertext: Uint8Array): Promise<string> {
  const { Plaintext } = await kms.send(
    new DecryptCommand({ KeyId: setting('KMS_KEY_ID'), CiphertextBlob: ciphertext, EncryptionContext: { projectId } }),
  );
  if (!Plaintext) throw new Error('KMS answered without a plaintext');
  return Buffer.from(Plaintext).toString('utf8');
}

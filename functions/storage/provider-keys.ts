/**
 * The projects' provider keys, sealed by KMS. The encryption context binds a sealed key to its project: copied to another
 * one it does not open. Only update-project-config may seal and only generate-image may open.
 */
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { setting } from '../domain/settings.ts';
import { clientDefaults } from './client-defaults.ts';

const kms = new KMSClient(clientDefaults);

/** Seals a key of at most 4 096 bytes for this project. */
export async function sealKey(projectId: string, key: string): Promise<Uint8Array> {
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId: setting('KMS_KEY_ID'), Plaintext: Buffer.from(key), EncryptionContext: { projectId } }),
  );
  if (!CiphertextBlob) throw new Error('KMS answered without a ciphertext');
  return CiphertextBlob;
}

/** Opens a key that was sealed for this project. */
export async function openKey(projectId: string, sealed: Uint8Array): Promise<string> {
  const { Plaintext } = await kms.send(
    new DecryptCommand({ KeyId: setting('KMS_KEY_ID'), CiphertextBlob: sealed, EncryptionContext: { projectId } }),
  );
  if (!Plaintext) throw new Error('KMS answered without a plaintext');
  return Buffer.from(Plaintext).toString('utf8');
}

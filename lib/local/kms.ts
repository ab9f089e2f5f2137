import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type JsonAnswer, listenJson, refuse } from './aws-json.ts';
import type { Listener } from './listen.ts';
import { privateFile } from './private-file.ts';
import type { Credentials } from './signature.ts';

interface KmsRequest {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

const nonceLength = 12;
const tagLength = 16;
const plaintextLimit = 4096;
const algorithm = 'aes-256-gcm';

/**
 * A stand-in for AWS KMS: Encrypt and Decrypt over its wire protocol. The master key is stored in the file `kms-master-key` of `directory`, or,
 * without a directory, only in memory. https://docs.aws.amazon.com/kms/latest/APIReference/
 */
export async function startKms({
  directory,
  credentials,
}: {
  readonly directory?: string;
  readonly credentials: Credentials;
}): Promise<Listener> {
  const masterKey = directory === undefined ? randomBytes(32) : await storedKey(join(directory, 'kms-master-key'));
  return listenJson<KmsRequest>('kms', credentials, (target, request) => {
    const operation = operations[target];
    if (!operation) return refuse('UnknownOperationException', `This stand-in does not know ${target}.`);
    return operation(masterKey, request);
  });
}

async function storedKey(file: string): Promise<Buffer> {
  const key = await privateFile(file, () => randomBytes(32));
  if (key.length !== 32)
    throw new Error(
      `${file} is not a key of 32 bytes. Delete it, and a new one is created; provider keys then have to be stored again.`,
    );
  return key;
}

function encrypt(masterKey: Buffer, { KeyId, Plaintext = '', EncryptionContext }: KmsRequest): JsonAnswer {
  if (!KeyId) return refuse('ValidationException', 'KeyId is required.');
  const plaintext = Buffer.from(Plaintext, 'base64');
  if (plaintext.length < 1 || plaintext.length > plaintextLimit) {
    return refuse('ValidationException', `Plaintext must hold 1 to ${plaintextLimit} bytes.`);
  }
  const arn = Buffer.from(arnOf(KeyId));
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, masterKey, nonce, { authTagLength: tagLength });
  cipher.setAAD(authenticated(arn, EncryptionContext));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const blob = Buffer.concat([Uint8Array.of(arn.length >> 8, arn.length), arn, nonce, cipher.getAuthTag(), ciphertext]);
  return {
    body: { CiphertextBlob: blob.toString('base64'), KeyId: arn.toString(), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
  };
}

function decrypt(masterKey: Buffer, { KeyId, CiphertextBlob = '', EncryptionContext }: KmsRequest): JsonAnswer {
  const blob = Buffer.from(CiphertextBlob, 'base64');
  if (blob.length < 2) return refuse('InvalidCiphertextException', 'The ciphertext is invalid.');
  const nonceAt = 2 + blob.readUInt16BE();
  const tagAt = nonceAt + nonceLength;
  const ciphertextAt = tagAt + tagLength;
  const arn = blob.subarray(2, nonceAt);
  try {
    const decipher = createDecipheriv(algorithm, masterKey, blob.subarray(nonceAt, tagAt), {
      authTagLength: tagLength,
    });
    decipher.setAAD(authenticated(arn, EncryptionContext));
    decipher.setAuthTag(blob.subarray(tagAt, ciphertextAt));
    const plaintext = Buffer.concat([decipher.update(blob.subarray(ciphertextAt)), decipher.final()]);
    if (KeyId && arnOf(KeyId) !== arn.toString()) {
      return refuse('IncorrectKeyException', 'The ciphertext was encrypted with another key.');
    }
    return {
      body: {
        Plaintext: plaintext.toString('base64'),
        KeyId: arn.toString(),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      },
    };
  } catch {
    return refuse('InvalidCiphertextException', 'The ciphertext is damaged, or the encryption context is different.');
  }
}

const operations: Readonly<Record<string, (masterKey: Buffer, request: KmsRequest) => JsonAnswer>> = {
  'TrentService.Encrypt': encrypt,
  'TrentService.Decrypt': decrypt,
};

/** The authenticated data: key and encryption context, whose order does not matter. */
function authenticated(arn: Buffer, context: KmsRequest['EncryptionContext'] = {}): Buffer {
  const pairs = Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1));
  return Buffer.from(JSON.stringify([arn.toString(), pairs]));
}

function arnOf(keyId: string): string {
  if (keyId.startsWith('arn:')) return keyId;
  return `arn:aws:kms:us-east-1:000000000000:${keyId.startsWith('alias/') ? '' : 'key/'}${keyId}`;
}

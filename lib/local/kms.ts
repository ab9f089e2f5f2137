import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Listener, listen } from './listen.ts';

interface KmsRequest {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly error?: string;
  readonly body: Readonly<Record<string, string>>;
}

const nonceLength = 12;
const tagLength = 16;
const plaintextLimit = 4096;
const algorithm = 'aes-256-gcm';

/**
 * Encrypt and Decrypt as AWS KMS speaks them, over the wire. The master key lies in the file `kms-master-key` of
 * `directory`, or, without one, is forgotten at the end. https://docs.aws.amazon.com/kms/latest/APIReference/
 */
export async function startKms({ directory }: { readonly directory?: string } = {}): Promise<Listener> {
  const masterKey = directory === undefined ? randomBytes(32) : await keptKey(directory);

  return listen(async (request, response) => {
    const { error, body } = answer(masterKey, String(request.headers['x-amz-target']), await buffer(request));
    response.writeHead(error ? 400 : 200, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': randomUUID(),
      ...(error && { 'x-amzn-errortype': error }),
    });
    response.end(JSON.stringify(body));
  });
}

async function keptKey(directory: string): Promise<Buffer> {
  const file = join(directory, 'kms-master-key');
  await mkdir(directory, { recursive: true });
  try {
    await writeFile(file, randomBytes(32), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = await readFile(file);
  if (key.length !== 32) throw new Error(`${file} does not hold a key of 32 bytes. Delete it to begin anew.`);
  return key;
}

function answer(masterKey: Buffer, target: string, body: Buffer): Answer {
  const operation = operations[target];
  if (!operation) return refuse('UnknownOperationException', `This stand-in does not know ${target}.`);
  try {
    return operation(masterKey, JSON.parse(body.toString()));
  } catch {
    return refuse('SerializationException', 'The body is not what KMS expects.');
  }
}

function encrypt(masterKey: Buffer, { KeyId, Plaintext = '', EncryptionContext }: KmsRequest): Answer {
  if (!KeyId) return refuse('ValidationException', 'KeyId is required.');
  const plaintext = Buffer.from(Plaintext, 'base64');
  if (plaintext.length < 1 || plaintext.length > plaintextLimit) {
    return refuse('ValidationException', `Plaintext must hold 1 to ${plaintextLimit} bytes.`);
  }
  const arn = Buffer.from(arnOf(KeyId));
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, masterKey, nonce, { authTagLength: tagLength });
  cipher.setAAD(authenticated(arn, EncryptionContext));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const blob = Buffer.concat([Uint8Array.of(arn.length >> 8, arn.length), arn, nonce, cipher.getAuthTag(), sealed]);
  return {
    body: { CiphertextBlob: blob.toString('base64'), KeyId: arn.toString(), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
  };
}

function decrypt(masterKey: Buffer, { KeyId, CiphertextBlob = '', EncryptionContext }: KmsRequest): Answer {
  const blob = Buffer.from(CiphertextBlob, 'base64');
  if (blob.length < 2) return refuse('InvalidCiphertextException', 'The ciphertext is no ciphertext.');
  const nonceAt = 2 + blob.readUInt16BE();
  const tagAt = nonceAt + nonceLength;
  const sealedAt = tagAt + tagLength;
  const arn = blob.subarray(2, nonceAt);
  try {
    const decipher = createDecipheriv(algorithm, masterKey, blob.subarray(nonceAt, tagAt), {
      authTagLength: tagLength,
    });
    decipher.setAAD(authenticated(arn, EncryptionContext));
    decipher.setAuthTag(blob.subarray(tagAt, sealedAt));
    const plaintext = Buffer.concat([decipher.update(blob.subarray(sealedAt)), decipher.final()]);
    if (KeyId && arnOf(KeyId) !== arn.toString()) {
      return refuse('IncorrectKeyException', 'The ciphertext was made with another key.');
    }
    return {
      body: {
        Plaintext: plaintext.toString('base64'),
        KeyId: arn.toString(),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      },
    };
  } catch {
    return refuse('InvalidCiphertextException', 'The ciphertext is damaged, or its encryption context is another.');
  }
}

const operations: Readonly<Record<string, (masterKey: Buffer, request: KmsRequest) => Answer>> = {
  'TrentService.Encrypt': encrypt,
  'TrentService.Decrypt': decrypt,
};

/** The key and the encryption context, in which the order of the pairs does not count. */
function authenticated(arn: Buffer, context: KmsRequest['EncryptionContext'] = {}): Buffer {
  const pairs = Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1));
  return Buffer.from(JSON.stringify([arn.toString(), pairs]));
}

function arnOf(keyId: string): string {
  if (keyId.startsWith('arn:')) return keyId;
  return `arn:aws:kms:us-east-1:000000000000:${keyId.startsWith('alias/') ? '' : 'key/'}${keyId}`;
}

function refuse(error: string, message: string): Answer {
  return { error, body: { __type: error, message } };
}

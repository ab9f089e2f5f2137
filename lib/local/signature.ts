import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Why a signature is refused. `skewed`: it was not signed within 15 minutes of now. */
export type SignatureFault = 'missing' | 'unknown' | 'skewed' | 'mismatch';

const maxSkewMs = 15 * 60_000;

/**
 * Checks the Signature Version 4 in the Authorization header. Without `body` it uses the hash in x-amz-content-sha256, as S3 does; the
 * caller then has to check the body against that hash. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signatureFault(
  request: IncomingMessage,
  { service, credentials, body }: { service: string; credentials: Credentials; body?: Buffer },
): Promise<SignatureFault | undefined> {
  const given = pattern.exec(request.headers.authorization ?? '')?.groups;
  const signedAt = dateOf(request.headers['x-amz-date']);
  if (!given || !signedAt) return 'missing';
  const { accessKeyId, region = '', names = '', signature = '' } = given;
  if (accessKeyId !== credentials.accessKeyId) return 'unknown';
  if (Math.abs(Date.now() - signedAt.getTime()) > maxSkewMs) return 'skewed';

  const signable = new Set(names.split(';'));
  const required = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))];
  if (!required.every((name) => signable.has(name))) return 'mismatch';
  const hash = request.headers['x-amz-content-sha256'];
  if (body && hash && hash !== createHash('sha256').update(body).digest('hex')) return 'mismatch';

  const signer = new SignatureV4({
    credentials,
    region,
    service,
    sha256: Sha256,
    applyChecksum: false,
    uriEscapePath: service !== 's3',
  });
  const { pathname, searchParams } = new URL(`http://localhost${request.url}`);
  const { headers } = await signer.sign(
    {
      method: request.method ?? '',
      protocol: 'http:',
      hostname: 'localhost',
      path: pathname,
      query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
      headers: Object.fromEntries([...signable].map((name) => [name, String(request.headers[name])])),
      body,
    },
    { signingDate: signedAt, signableHeaders: signable },
  );
  const [, expected = ''] = headers.authorization?.split('Signature=') ?? [];
  return timingSafeEqual(Buffer.from(expected), Buffer.from(signature)) ? undefined : 'mismatch';
}

const pattern =
  /^AWS4-HMAC-SHA256 Credential=(?<accessKeyId>[^/]+)\/\d{8}\/(?<region>[^/]+)\/[^/]+\/aws4_request, ?SignedHeaders=(?<names>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/;

/** Of the form 20261126T130831Z. */
function dateOf(text: string | string[] | undefined): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(text));
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** In PEM. */
  readonly key: string;
  readonly cert: string;
}

/** A self-signed certificate for localhost and 127.0.0.1, valid for a day: RFC 5280, encoded in DER here, since Node cannot create one. */
export function makeCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'));
  const name = sequence(tagged(0x31, sequence(identifier('550403'), tagged(0x0c, Buffer.from('localhost')))));
  const alternatives = sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.from([127, 0, 0, 1])));
  const contents = sequence(
    tagged(0xa0, whole(Buffer.from([2]))), // version 3
    whole(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(time(Date.now() - 60_000), time(Date.now() + 24 * 60 * 60_000)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(sequence(identifier('551d11'), tagged(0x04, alternatives)))),
  );
  const signature = tagged(0x03, Buffer.from([0]), sign('sha256', contents, privateKey));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(sequence(contents, ecdsaWithSha256, signature)),
  };
}

/** A DER value: tag, length, and contents of less than 64 kB. */
function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
}

const sequence = (...parts: readonly Uint8Array[]) => tagged(0x30, ...parts);
const whole = (bytes: Uint8Array) => tagged(0x02, bytes);
const identifier = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'));

/** As UTCTime, YYMMDDhhmmssZ. */
const time = (milliseconds: number) =>
  tagged(0x17, Buffer.from(`${new Date(milliseconds).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

const pem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

/** Request bodies: JSON (RFC 8259) in strict UTF-8. */
import { isUtf8 } from 'node:buffer';
import { MIMEType } from 'node:util';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import {
  bodyMissing,
  bodyNotAnObject,
  bodyNotJson,
  bodyNotUtf8,
  bodyTooComplex,
  bodyTooLarge,
  contentEncodingUnsupported,
  contentTypeNotJson,
} from '../domain/refusal.ts';
import { header } from './header.ts';
import { type BodyLimits, bodyLimits, isCostly } from './json-cost.ts';

/** The body as a JSON object. Refuses everything else. Limits are checked before the body is parsed. */
export function readJsonObject(event: APIGatewayProxyEvent, limits: BodyLimits = bodyLimits): object {
  if (!event.body) throw bodyMissing();
  if (!isJson(header(event, 'content-type'))) throw contentTypeNotJson();
  const encoding = header(event, 'content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw contentEncodingUnsupported(encoding);
  const bytes = event.isBase64Encoded ? Buffer.byteLength(event.body, 'base64') : Buffer.byteLength(event.body);
  if (bytes > limits.megabytes * 1024 * 1024) throw bodyTooLarge(limits.megabytes);
  const text = event.isBase64Encoded ? decode(Buffer.from(event.body, 'base64')) : event.body;
  if (isCostly(text, limits)) throw bodyTooComplex(limits.parts, limits.outside);
  const value = parseJson(text.startsWith(byteOrderMark) ? text.slice(1) : text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bodyNotAnObject();
  return value;
}

/** RFC 8259, section 8.1: senders must not add one, receivers may ignore it. */
const byteOrderMark = '\ufeff';

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw bodyNotUtf8();
  return bytes.toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bodyNotJson();
  }
}

/** US-ASCII is a subset of UTF-8. */
const charsets = [null, 'utf-8', 'utf8', 'us-ascii'];

/** Whether a body of this type is JSON in UTF-8. Without a type, it is assumed to be. */
function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined) return true;
  const mimeType = mimeTypeOf(contentType);
  if (mimeType?.type !== 'application' || !/(^|\+)json$/.test(mimeType.subtype)) return false;
  return charsets.includes(mimeType.params.get('charset')?.toLowerCase() ?? null);
}

/** Parsed as browsers do (https://mimesniff.spec.whatwg.org/#parsing-a-mime-type); undefined if it is invalid. */
function mimeTypeOf(contentType: string): MIMEType | undefined {
  try {
    return new MIMEType(contentType);
  } catch {
    return undefined;
  }
}

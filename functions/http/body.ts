/** Bodies of requests: JSON (RFC 8259), read strictly as UTF-8. */
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

/** The body as a JSON object. Refuses everything else, and one beyond its limits before it is parsed. */
export function readJsonObject(event: APIGatewayProxyEvent, limits: BodyLimits = bodyLimits): object {
  if (!event.body) throw bodyMissing();
  if (!isJson(header(event, 'content-type'))) throw contentTypeNotJson();
  const encoding = header(event, 'content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw contentEncodingUnsupported(encoding);
  const bytes = event.isBase64Encoded ? Buffer.byteLength(event.body, 'base64') : Buffer.byteLength(event.body);
  if (bytes > limits.megabytes * 1024 * 1024) throw bodyTooLarge(limits.megabytes);
  const text = event.isBase64Encoded ? decoded(Buffer.from(event.body, 'base64')) : event.body;
  if (isCostly(text, limits)) throw bodyTooComplex(limits.parts, limits.outside);
  const value = parsed(text.startsWith(byteOrderMark) ? text.slice(1) : text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bodyNotAnObject();
  return value;
}

/** RFC 8259, section 8.1: none is sent, but one may be passed over. */
const byteOrderMark = '\ufeff';

function decoded(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw bodyNotUtf8();
  return bytes.toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bodyNotJson();
  }
}

/** US-ASCII is a part of UTF-8. */
const charsets = [null, 'utf-8', 'utf8', 'us-ascii'];

/** Whether a body of this type is JSON in UTF-8. None at all is taken for it. */
function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined) return true;
  const mimeType = mimeTypeOf(contentType);
  if (mimeType?.type !== 'application' || !/(^|\+)json$/.test(mimeType.subtype)) return false;
  return charsets.includes(mimeType.params.get('charset')?.toLowerCase() ?? null);
}

/** Read as browsers do (https://mimesniff.spec.whatwg.org/#parsing-a-mime-type); undefined where it is none. */
function mimeTypeOf(contentType: string): MIMEType | undefined {
  try {
    return new MIMEType(contentType);
  } catch {
    return undefined;
  }
}

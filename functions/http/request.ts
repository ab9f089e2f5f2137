import type { APIGatewayProxyEvent } from 'aws-lambda';
import {
  bodyMissing,
  bodyNotAnObject,
  bodyNotJson,
  bodyTooComplex,
  bodyTooLarge,
  contentTypeNotJson,
  type Detail,
  invalidRequest,
} from '../domain/refusal.ts';
import { preconditionOf } from './conditions.ts';
import type { Accepted, Endpoint, Parsed, Schema } from './endpoint.ts';
import { header } from './header.ts';
import { isCostly, mostOutside, mostParts } from './json-cost.ts';

/** The request as its schemas describe it. A wrong query or body is complained about only after `beforeRefusal` let it pass. */
export async function accepted<Path extends Schema, Query extends Schema, Body extends Schema>(
  { request, beforeRefusal }: Endpoint<Path, Query, Body>,
  event: APIGatewayProxyEvent,
): Promise<Accepted<Path, Query, Body>> {
  const path = validated(request.path, event.pathParameters ?? {});
  try {
    const query = validated(request.query, event.queryStringParameters ?? {});
    const body = validated(request.body, request.body && jsonBody(event, request.bodyLimit ?? 2));
    return { path, query, body, precondition: preconditionOf(event) };
  } catch (refusal) {
    await beforeRefusal?.(path);
    throw refusal;
  }
}

/** The body as a JSON object. Refuses everything else, and one of more than so many MB or of too many parts before it is parsed. */
function jsonBody(event: APIGatewayProxyEvent, megabytes: number): object {
  if (!event.body) throw bodyMissing();
  if (!isJson(header(event, 'content-type'))) throw contentTypeNotJson();
  const bytes = event.isBase64Encoded ? Buffer.byteLength(event.body, 'base64') : Buffer.byteLength(event.body);
  if (bytes > megabytes * 1024 * 1024) throw bodyTooLarge(megabytes);
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body;
  if (isCostly(text)) throw bodyTooComplex(mostParts, mostOutside);
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bodyNotAnObject();
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bodyNotJson();
  }
}

/** No content type at all is taken for JSON. */
const isJson = (contentType: string | undefined): boolean =>
  contentType === undefined || /^application\/([\w.-]+\+)?json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType);

/** The value as its schema describes it; undefined without a schema. Refuses with every field that does not match. */
function validated<S extends Schema>(schema: S | undefined, value: unknown): Parsed<S> {
  const result = schema?.safeParse(value);
  if (result && !result.success) throw invalidRequest(result.error.issues.map(detail));
  return result?.data as Parsed<S>;
}

type Issue = { readonly path: PropertyKey[]; readonly message: string; readonly issues?: readonly Issue[] };

/** A wrong key of a record is complained about by the issues within. */
const detail = ({ path, message, issues }: Issue): Detail => ({
  path: path.map(String).join('.'),
  message: issues?.[0]?.message ?? message,
});

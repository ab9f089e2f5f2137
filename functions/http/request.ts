import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type Detail, invalidRequest } from '../domain/refusal.ts';
import { readJsonObject } from './body.ts';
import { preconditionOf } from './conditions.ts';
import type { Accepted, Endpoint, Parsed, Schema } from './endpoint.ts';

/** The request as its schemas describe it. A wrong query or body is complained about only after `beforeRefusal` let it pass. */
export async function accepted<Path extends Schema, Query extends Schema, Body extends Schema>(
  { request, beforeRefusal }: Endpoint<Path, Query, Body>,
  event: APIGatewayProxyEvent,
): Promise<Accepted<Path, Query, Body>> {
  const path = validated(request.path, event.pathParameters ?? {});
  try {
    const query = validated(request.query, event.queryStringParameters ?? {});
    const body = validated(request.body, request.body && readJsonObject(event, request.bodyLimit ?? 2));
    return { path, query, body, precondition: preconditionOf(event) };
  } catch (refusal) {
    await beforeRefusal?.(path);
    throw refusal;
  }
}

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

import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type Detail, invalidRequest } from '../domain/refusal.ts';
import { readJsonObject } from './body.ts';
import { callerOf } from './caller.ts';
import { preconditionOf } from './conditions.ts';
import type { EndpointDefinition, Parsed, ParsedRequest, Schema } from './endpoint.ts';

/** The request as its schemas describe it. A wrong query or body is complained about only after `beforeRefusal` let it pass. */
export async function parseRequest<Path extends Schema, Query extends Schema, Body extends Schema>(
  { request, beforeRefusal }: EndpointDefinition<Path, Query, Body>,
  event: APIGatewayProxyEvent,
): Promise<ParsedRequest<Path, Query, Body>> {
  const path = validate(request.path, event.pathParameters ?? {});
  try {
    const query = validate(request.query, queryOf(event, request.repeatable));
    const body = validate(request.body, request.body && readJsonObject(event, request.bodyLimit ?? 2));
    return { path, query, body, precondition: preconditionOf(event), caller: callerOf(event) };
  } catch (refusal) {
    await beforeRefusal?.(path);
    throw refusal;
  }
}

/** The last value of each parameter; of those that may be repeated, all. */
function queryOf(event: APIGatewayProxyEvent, repeatable: readonly string[] = []) {
  const query: Record<string, unknown> = { ...event.queryStringParameters };
  for (const name of repeatable) query[name] = event.multiValueQueryStringParameters?.[name];
  return query;
}

/** The value as its schema describes it; undefined without a schema. Refuses with every field that does not match. */
function validate<S extends Schema>(schema: S | undefined, value: unknown): Parsed<S> {
  const result = schema?.safeParse(value);
  if (result && !result.success) throw invalidRequest(result.error.issues.map(toDetail));
  return result?.data as Parsed<S>;
}

type Issue = { readonly path: PropertyKey[]; readonly message: string; readonly issues?: readonly Issue[] };

/** A wrong key of a record is complained about by the issues within. */
const toDetail = ({ path, message, issues }: Issue): Detail => ({
  path: path.map(String).join('.'),
  message: issues?.[0]?.message ?? message,
});

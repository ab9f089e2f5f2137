import type { APIGatewayProxyEvent } from 'aws-lambda';
import { parse } from '../domain/parse.ts';
import { readJsonObject } from './body.ts';
import { callerOf } from './caller.ts';
import { preconditionOf } from './conditions.ts';
import type { EndpointDefinition, Parsed, ParsedRequest, Schema } from './endpoint.ts';
import { idempotentRequest } from './idempotency.ts';

/** Parses a request with the endpoint's schemas. Calls `beforeRefusal` before it refuses an invalid query or body. */
export async function parseRequest<Path extends Schema, Query extends Schema, Body extends Schema>(
  { request, beforeRefusal }: EndpointDefinition<Path, Query, Body>,
  event: APIGatewayProxyEvent,
): Promise<ParsedRequest<Path, Query, Body>> {
  const path = validate(request.path, event.pathParameters ?? {});
  try {
    const query = validate(request.query, queryOf(event, request.repeatable));
    const isMissing = !event.body && request.bodyOptional;
    const body = validate(request.body, request.body && (isMissing ? {} : readJsonObject(event, request.bodyLimits)));
    return {
      path,
      query,
      body,
      precondition: preconditionOf(event),
      caller: callerOf(event),
      idempotent: idempotentRequest(event, path),
      requestId: event.requestContext.requestId,
    };
  } catch (refusal) {
    await beforeRefusal?.(path);
    throw refusal;
  }
}

/** The last value of each parameter, or all values of a repeatable one. */
function queryOf(event: APIGatewayProxyEvent, repeatable: readonly string[] = []) {
  const query: Record<string, unknown> = { ...event.queryStringParameters };
  for (const name of repeatable) query[name] = event.multiValueQueryStringParameters?.[name] ?? query[name];
  return query;
}

const validate = <S extends Schema>(schema: S | undefined, value: unknown): Parsed<S> =>
  (schema && parse(schema, value)) as Parsed<S>;

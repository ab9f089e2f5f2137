/**
 * Generates the OpenAPI 3.1 document: routes and access from lib/contract/functions.ts, requests from the schemas that validate them, and the rest
 * from operations.ts.
 */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as refusals from '../../functions/domain/refusal.ts';
import type { EndpointDefinition as Code } from '../../functions/http/endpoint.ts';
import { bodyLimits } from '../../functions/http/json-cost.ts';
import { parseRequest } from '../../functions/http/request.ts';
import manifest from '../../package.json' with { type: 'json' };
import { type Endpoint, endpoints } from '../contract/functions.ts';
import { gatewayResponses } from '../contract/gateway-responses.ts';
import { installRuntime } from '../local/runtime.ts';
import { type Failure, ofFunction, ofGateway, responsesOf, sharedResponses } from './failures.ts';
import { conditions, headers, headersOf } from './headers.ts';
import { type Operation, operations, tags } from './operations.ts';
import { pathParameters, queryParameters } from './parameters.ts';
import { namedSchemas, nameOf, reference } from './schemas.ts';

const description = `Personas are the simulated users with which teams test their LLM agents: each has a name, a description, a system prompt, HTTP headers, tags and a portrait.

**Keys.** All calls except those tagged Service need a key, in \`Authorization: Bearer …\` or \`x-api-key\`: the admin key, which may do everything, or a key of one project.

**Errors** have one shape: \`error\` is for people, \`code\` for programs. If several errors apply, their order is: credentials, project, body, persona, state. An id that is unknown, malformed or of another project is answered 404. An unknown path is answered 404 \`route_not_found\`, an unsupported method 405 \`method_not_allowed\` with \`Allow\`.

**HEAD** works wherever GET does and returns the same headers. **OPTIONS** answers CORS preflights, and every answer has CORS headers. Unknown fields of a body are ignored. Answers may have more fields than described here.`;

/** The document as text, for openapi.json. */
export const documentText = async (): Promise<string> => `${JSON.stringify(await openApiDocument(), undefined, 2)}\n`;

async function openApiDocument(): Promise<object> {
  installRuntime();
  const items: Record<string, object> = {};
  const responses: Record<string, object> = {};
  for (const endpoint of endpoints) {
    const { endpoint: code }: { endpoint: Code } = await import(`../../functions/${endpoint.file}.ts`);
    const { path, method } = endpoint;
    const failures = await failuresOf(endpoint, code);
    const operation = operationOf(endpoint, code, failures);
    items[path] = { ...pathParameters(code), ...items[path], [method.toLowerCase()]: operation };
    Object.assign(responses, sharedResponses(failures));
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'The Personas API',
      version: manifest.version,
      summary: manifest.description,
      description,
      license: { name: manifest.license, identifier: manifest.license },
    },
    servers: [{ url: '..', description: 'The server of this document' }],
    security: [],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths: items,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The admin key, or a key of the project.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same key, in another header.' },
      },
      schemas: namedSchemas(),
      responses,
      headers,
    },
  };
}

const accessSentences = {
  open: 'Needs no key.',
  'any key': 'Needs any key.',
  read: 'Needs a key of the project, or the admin key.',
  write: 'Needs a key of the project with `write` access, or the admin key.',
  admin: 'Needs the admin key.',
};

function descriptionOf({ name }: Endpoint): Operation {
  const operation = operations[name];
  if (!operation) throw new Error(`lib/openapi/operations.ts does not describe ${name}`);
  return operation;
}

function operationOf(endpoint: Endpoint, code: Code, failures: readonly Failure[]): object {
  const { name, access } = endpoint;
  const operation = descriptionOf(endpoint);
  const { tag, summary, description: more, example } = operation;
  const { responses, parameters: conditional } = successOf(endpoint, operation, failures);
  const parameters = [...queryParameters(code.request.query, example?.query), ...conditional];
  return {
    operationId: name.replace(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase()),
    tags: [tag],
    summary,
    description: [more, accessSentences[access]].filter(Boolean).join(' '),
    ...(access !== 'open' && { security: [{ bearer: [] }, { apiKey: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(code.request.body && {
      requestBody: {
        required: !code.request.bodyOptional,
        content: {
          'application/json': { schema: reference(nameOf(code.request.body)), example: example?.body },
        },
      },
    }),
    responses: { ...responses, ...responsesOf(failures) },
  };
}

/** The success responses of an operation, and the headers for conditional and idempotent requests. */
function successOf({ method }: Endpoint, { answer }: Operation, failures: readonly Failure[]) {
  const isPost = method === 'POST';
  const headers = [...(answer.headers ?? []), ...(isPost ? (['Idempotency-Replayed'] as const) : [])];
  const success = { [answer.status]: responseOf({ ...answer, headers }) };
  const read = method === 'GET' && answer.headers?.includes('ETag');
  const changes = failures.some(({ code }) => code === refusals.versionMismatch().code);
  const notModified = {
    description: 'Not modified: you already have this version.',
    headers: headersOf(['X-Request-Id', 'Cache-Control', 'ETag']),
  };
  return {
    responses: { ...success, ...(read && { 304: notModified }) },
    parameters: read ? conditions.forReads : isPost ? conditions.forPosts : changes ? conditions.forChanges : [],
  };
}

function responseOf({ description, headers: own = [], schema, listOf, example, mediaTypes = [] }: Operation['answer']) {
  const json = schema ? reference(nameOf(schema)) : listOf && { type: 'array', items: reference(nameOf(listOf)) };
  const content = {
    ...(json && { 'application/json': { schema: json, example } }),
    ...Object.fromEntries(mediaTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])),
  };
  const hasBody = Object.keys(content).length > 0;
  return {
    description,
    headers: headersOf(['X-Request-Id', ...(hasBody ? (['Cache-Control'] as const) : []), ...own]),
    ...(hasBody && { content }),
  };
}

const ofIdempotency = [
  refusals.idempotencyKeyInvalid(),
  refusals.idempotencyKeyReused(),
  refusals.idempotencyInProgress(1),
];

/** All errors of an operation: its own, and those that all operations of its kind may have. */
async function failuresOf(endpoint: Endpoint, code: Code): Promise<Failure[]> {
  const { access, actions, method } = endpoint;
  const { request } = code;
  const { refusals: own, wrong } = descriptionOf(endpoint);
  const {
    UNAUTHORIZED,
    ACCESS_DENIED,
    AUTHORIZER_FAILURE,
    WAF_FILTERED,
    DEFAULT_4XX,
    REQUEST_TOO_LARGE,
    THROTTLED,
    INTEGRATION_TIMEOUT,
  } = gatewayResponses;
  const limits = request.bodyLimits ?? bodyLimits;
  const ofBody = [
    ...(request.bodyOptional ? [] : [refusals.bodyMissing()]),
    refusals.bodyNotUtf8(),
    refusals.bodyNotJson(),
    refusals.bodyNotAnObject(),
    refusals.bodyTooLarge(limits.megabytes),
    refusals.bodyTooComplex(limits.parts, limits.outside),
    refusals.contentTypeNotJson(),
    refusals.contentEncodingUnsupported('gzip'),
  ];
  return [
    refusals.invalidEntityTag('If-None-Match'),
    ...(request.body ? ofBody : []),
    ...(request.body || request.query ? [await exampleRefusal(code, wrong)] : []),
    ...(method === 'POST' ? ofIdempotency : []),
    ...own,
    ...(Object.keys(actions).length > 0 ? [refusals.storageUnavailable()] : []),
    new Error(),
  ]
    .map(ofFunction)
    .concat(
      [
        DEFAULT_4XX,
        ...(access === 'open' ? [] : [UNAUTHORIZED, ACCESS_DENIED, AUTHORIZER_FAILURE]),
        WAF_FILTERED,
        REQUEST_TOO_LARGE,
        THROTTLED,
        INTEGRATION_TIMEOUT,
      ].map(ofGateway),
    );
}

const pass = async () => {};

/** The refusal of an invalid example by the schemas. */
async function exampleRefusal(code: Code, { query = {}, body }: NonNullable<Operation['wrong']> = {}) {
  const event = { queryStringParameters: query, body: JSON.stringify(body) };
  try {
    await parseRequest({ ...code, beforeRefusal: pass }, event as APIGatewayProxyEvent);
  } catch (refusal) {
    return refusal as refusals.Refusal;
  }
  throw new Error('lib/openapi/operations.ts has an example of an invalid request that is valid');
}

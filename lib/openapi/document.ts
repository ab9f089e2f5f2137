/**
 * The API as an OpenAPI 3.1 document: routes and keys from lib/contract/functions.ts, requests from the schemas that validate them, and what
 * neither says from operations.ts.
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

const description = `Personas are the simulated users with which teams test their LLM agents: a name, a description, a system prompt, HTTP headers and a portrait.

**Keys.** Every call but those of the service itself needs a key, in \`Authorization: Bearer …\` or in \`x-api-key\`: the admin key, which opens everything, or a key of one project.

**Errors** have one shape: \`error\` is for people, \`code\` for programs. Where several apply, the order is: credentials, project, body, persona, state. An id that is unknown, malformed or of another project is answered alike: 404. A path that does not exist is answered 404 \`route_not_found\`, a method that a path does not offer 405 \`method_not_allowed\` with \`Allow\`.

**HEAD** works wherever GET does and answers the same headers. **OPTIONS** answers the preflights of browsers, and every answer carries the headers of CORS. Fields of a body that are not known are ignored; answers may get more fields than are described here.`;

/** The document as the text that is committed. */
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
    servers: [{ url: '..', description: 'Where this document comes from' }],
    security: [],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths: items,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The admin key, or a key of the project.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same, in a header of its own.' },
      },
      schemas: namedSchemas(),
      responses,
      headers,
    },
  };
}

const opensTo = {
  open: 'Needs no key.',
  'any key': 'Needs any key.',
  read: 'Needs a key of the project, or the admin key.',
  write: 'Needs a key of the project for writing, or the admin key.',
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
  const { responses, parameters: conditional } = conditioned(endpoint, operation, failures);
  const parameters = [...queryParameters(code.request.query, example?.query), ...conditional];
  return {
    operationId: name.replace(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase()),
    tags: [tag],
    summary,
    description: [more, opensTo[access]].filter(Boolean).join(' '),
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

/** What the operation may answer if all is well, and the headers by which a request is conditional or idempotent. */
function conditioned({ method }: Endpoint, { answer }: Operation, failures: readonly Failure[]) {
  const isPost = method === 'POST';
  const headers = [...(answer.headers ?? []), ...(isPost ? (['Idempotency-Replayed'] as const) : [])];
  const success = { [answer.status]: responseOf({ ...answer, headers }) };
  const read = method === 'GET' && answer.headers?.includes('ETag');
  const changes = failures.some(({ code }) => code === refusals.versionMismatch().code);
  const notModified = {
    description: 'You have this version already.',
    headers: headersOf(['X-Request-Id', 'Cache-Control', 'ETag']),
  };
  return {
    responses: { ...success, ...(read && { 304: notModified }) },
    parameters: read ? conditions.ofReading : isPost ? conditions.ofMaking : changes ? conditions.ofChanging : [],
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

/** Everything that the operation may answer if all is not well: what it may refuse itself, and what any of its kind may. */
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

const passOn = async () => {};

/** How the schemas refuse what does not match them. */
async function exampleRefusal(code: Code, { query = {}, body }: NonNullable<Operation['wrong']> = {}) {
  const event = { queryStringParameters: query, body: JSON.stringify(body) };
  try {
    await parseRequest({ ...code, beforeRefusal: passOn }, event as APIGatewayProxyEvent);
  } catch (refusal) {
    return refusal as refusals.Refusal;
  }
  throw new Error('Of an operation, lib/openapi/operations.ts gives a wrong example that is right');
}

/**
 * API Gateway on this machine: the routes of lib/contract/functions.ts with the behaviour of the real one that callers notice: its own answers,
 * limits, events and streaming.
 */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { corsAllowedHeaders, corsExposedHeaders, corsMaxAge } from '../contract/cors.ts';
import { type Endpoint, endpoints } from '../contract/functions.ts';
import {
  type GatewayAnswer,
  gatewayBody,
  gatewayCacheControl,
  gatewayResponses,
  methodNotAllowed,
  offeredMethods,
} from '../contract/gateway-responses.ts';
import { type Authorizer, authorize } from './authorizer.ts';
import { type AllowedCallers, denyForeign } from './foreign-callers.ts';
import { type Handler, invoke, payloadLimit } from './runtime.ts';

export interface Call {
  readonly method: string;
  readonly path: string;
  /** Undefined if the caller hung up before the answer began. */
  readonly status: number | undefined;
  readonly milliseconds: number;
}

export interface GatewayOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Loads the handler of an endpoint; called once for each. */
  readonly handlerOf: (endpoint: Endpoint) => Promise<Handler>;
  /** Called before each call of a route that is not open. Without one, every route is open. */
  readonly authorizer?: Authorizer | undefined;
  /** The timeout of every function, in seconds. Default: that of its row. */
  readonly timeout?: number;
  /** Further allowed callers while every route is open. */
  readonly allowed?: AllowedCallers;
  /**
   * Called on closing with the number of running functions, which are waited for: a portrait that is being drawn is stored even without its
   * caller.
   */
  readonly onWait?: (running: number) => void;
  /** Called when a call is answered, or its caller has hung up. */
  readonly onCall?: (call: Call) => void;
}

export interface Gateway {
  /** Without a trailing slash. */
  readonly url: string;
  /** Closes after running calls have ended, for which it waits at most a second without `onWait`. */
  close(): Promise<void>;
}

/** Serves the API on 127.0.0.1. Throws EADDRINUSE if the port is in use. */
export async function startGateway({
  port,
  handlerOf,
  authorizer,
  allowed = {},
  timeout,
  onWait,
  onCall,
}: GatewayOptions): Promise<Gateway> {
  const handlers = new Map<string, Promise<Handler>>();
  const load = (endpoint: Endpoint) => {
    const { name } = endpoint;
    const handler = handlers.get(name) ?? handlerOf(endpoint);
    handlers.set(name, handler);
    handler.catch(() => handlers.delete(name));
    return handler;
  };
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const start = performance.now();
    const requestId = randomUUID();
    response.on('close', () => {
      const [path = ''] = (request.url ?? '').split('?');
      onCall?.({
        method: request.method ?? '',
        path,
        status: response.headersSent ? response.statusCode : undefined,
        milliseconds: performance.now() - start,
      });
    });
    const denial = authorizer ? undefined : denyForeign(request, allowed);
    if (denial) return sendDenial(response, denial, requestId);
    const answered = answer(request, response, requestId, load, authorizer, timeout).catch((error: unknown) => {
      // The caller has aborted its upload.
      if (request.destroyed && !request.complete) return;
      console.error(error);
      if (response.headersSent) response.destroy();
      else sendOwn(response, gatewayResponses.DEFAULT_5XX, requestId);
    });
    running.add(answered);
    answered.finally(() => running.delete(answered));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => closeGracefully(server, running, onWait),
  };
}

const graceMs = 1_000;

async function closeGracefully(
  server: Server,
  running: ReadonlySet<Promise<void>>,
  onWait: GatewayOptions['onWait'],
): Promise<void> {
  server.close();
  server.closeIdleConnections();
  // Connections in use are closed after their next answer.
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const isClosed = once(server, 'close');
  await Promise.race([Promise.all([isClosed, ...running]), sleep(graceMs, undefined, { ref: false })]);
  if (onWait && running.size > 0) {
    onWait(running.size);
    await Promise.all(running);
    await Promise.race([isClosed, sleep(graceMs, undefined, { ref: false })]);
  }
  server.closeAllConnections();
  await isClosed;
}

type Load = (endpoint: Endpoint) => Promise<Handler>;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  load: Load,
  authorizer: Authorizer | undefined,
  timeout: number | undefined,
): Promise<void> {
  const method = request.method ?? '';
  // With a base, since a path that begins with two slashes would otherwise be a host.
  const url = new URL(`http://localhost${request.url}`);
  const here = resourceAt(url.pathname);
  if (here.length === 0) return sendOwn(response, gatewayResponses.RESOURCE_NOT_FOUND, requestId);

  const offered = offeredMethods(here.map(({ endpoint }) => endpoint.method));
  if (method === 'OPTIONS') return sendPreflight(response, offered, requestId);
  const route = here.find(({ endpoint }) => endpoint.method === (method === 'HEAD' ? 'GET' : method));
  if (!route) return sendOwn(response, methodNotAllowed(offered), requestId, { Allow: offered.join(', ') });

  const body = await bodyOf(request);
  const event = body && eventOf(request, url, body, route.endpoint, route.pathParameters, requestId);
  if (!event || JSON.stringify(event).length > payloadLimit) {
    return sendOwn(response, gatewayResponses.REQUEST_TOO_LARGE, requestId);
  }
  const { endpoint } = route;
  if (authorizer && endpoint.access !== 'open') {
    const authorization = await authorize(event, authorizer);
    if ('denial' in authorization) return sendOwn(response, authorization.denial, requestId);
    event.requestContext.authorizer = authorization.context;
  }
  const { statusCode, headers, body: content } = await invoke(await load(endpoint), event, timeout ?? endpoint.timeout);
  response.writeHead(statusCode, headers);
  if (Buffer.isBuffer(content)) response.end(content);
  else {
    content.on('error', () => response.destroy());
    // Lambda continues when the caller hangs up.
    if (response.destroyed) return void content.resume();
    content.pipe(response);
    // After the listener of `pipe`, which pauses the stream.
    response.on('close', () => content.resume());
  }
}

/** The endpoints with the path that matches best: a literal part wins over a parameter, for all methods. */
function resourceAt(pathname: string) {
  const found = endpoints.flatMap((endpoint) => {
    const pathParameters = match(endpoint.path, pathname);
    return pathParameters ? [{ endpoint, pathParameters, free: Object.keys(pathParameters).length }] : [];
  });
  const least = Math.min(...found.map(({ free }) => free));
  return found.filter(({ free }) => free === least);
}

/** The parameters of a path; undefined if it does not match the template. A trailing slash is ignored. */
function match(template: string, pathname: string): Record<string, string> | undefined {
  const wanted = template.split('/');
  const given = pathname.replace(/(?<=.)\/$/, '').split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (!part.startsWith('{')) {
      if (part !== value) return undefined;
    } else if (value === '') return undefined;
    else parameters[part.slice(1, -1)] = decode(value);
  }
  return parameters;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** API Gateway's limit for a request. */
const bodyLimit = 10 * 1024 * 1024;

/** The body; undefined if it is larger than API Gateway accepts. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= bodyLimit) chunks.push(chunk);
  }
  return size <= bodyLimit ? Buffer.concat(chunks) : undefined;
}

function eventOf(
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  endpoint: Endpoint,
  pathParameters: Record<string, string>,
  requestId: string,
): APIGatewayProxyEvent {
  const headers = Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values] as const);
  const query = [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name)] as const);
  const httpMethod = request.method ?? '';
  return {
    resource: endpoint.path,
    path: url.pathname,
    httpMethod,
    headers: lastOf(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: query.length > 0 ? lastOf(query) : null,
    multiValueQueryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
    pathParameters: Object.keys(pathParameters).length > 0 ? pathParameters : null,
    stageVariables: null,
    ...bodyFields(body),
    requestContext: {
      ...anonymous,
      requestId,
      httpMethod,
      path: url.pathname,
      resourcePath: endpoint.path,
      requestTimeEpoch: Date.now(),
    },
  };
}

/** API Gateway passes every body on as text, which changes bytes that are not UTF-8. Here, such a body is passed on in base64. */
function bodyFields(body: Buffer): Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'> {
  if (body.length === 0) return { body: null, isBase64Encoded: false };
  const isText = isUtf8(body);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

const lastOf = (entries: readonly (readonly [string, string[]])[]): Record<string, string> =>
  Object.fromEntries(entries.map(([name, values]) => [name, values.at(-1) ?? '']));

/** The part of the request context that is the same for every call. */
const anonymous = {
  accountId: '000000000000',
  apiId: 'local',
  authorizer: null,
  protocol: 'HTTP/1.1',
  resourceId: 'local',
  stage: 'local',
  identity: {
    accessKey: null,
    accountId: null,
    apiKey: null,
    apiKeyId: null,
    caller: null,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: '127.0.0.1',
    user: null,
    userAgent: null,
    userArn: null,
  },
};

/** Without CORS headers, so that a page cannot read it. */
function sendDenial(response: ServerResponse, denial: GatewayAnswer, requestId: string): void {
  response.writeHead(denial.status ?? 403, {
    'X-Request-Id': requestId,
    'Content-Type': 'application/json',
    'Cache-Control': gatewayCacheControl,
  });
  response.end(gatewayBody(denial, requestId));
}

const ownHeaders = (requestId: string) => ({
  'X-Request-Id': requestId,
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': corsExposedHeaders.join(','),
});

/** Sends an answer of the gateway. */
function sendOwn(
  response: ServerResponse,
  answer: GatewayAnswer,
  requestId: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(answer.status ?? 500, {
    ...ownHeaders(requestId),
    'Content-Type': 'application/json',
    'Cache-Control': gatewayCacheControl,
    ...(answer.retryAfter !== undefined && { 'Retry-After': answer.retryAfter }),
    ...headers,
  });
  response.end(gatewayBody(answer, requestId));
}

function sendPreflight(response: ServerResponse, offered: readonly string[], requestId: string): void {
  response.writeHead(204, {
    ...ownHeaders(requestId),
    'Access-Control-Allow-Methods': offered.join(','),
    'Access-Control-Allow-Headers': corsAllowedHeaders.join(','),
    'Access-Control-Max-Age': String(corsMaxAge),
  });
  response.end();
}

import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { isKnown } from './conditions.ts';
import { corsHeaders } from './cors.ts';
import { header } from './header.ts';
import type { Reply } from './reply.ts';

export interface Response {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string | Readable;
}

/** Adds the headers that all answers have. Leaves out the body of HEAD, and answers 304 if the caller has this version. */
export function toResponse(reply: Reply, event: APIGatewayProxyEvent): Response {
  const { requestId } = event.requestContext;
  const headers = {
    ...reply.headers,
    ...(reply.tag !== undefined && { ETag: `"${reply.tag}"` }),
    ...(reply.location && { Location: posix.join(calledPath(event), reply.location) }),
    ...(reply.next && { Link: `<${calledPath(event)}?${queryText(reply.next)}>; rel="next"` }),
    'X-Request-Id': requestId,
    ...corsHeaders(header(event, 'origin')),
  };
  const isHead = event.httpMethod === 'HEAD';
  const notModified = (isHead || event.httpMethod === 'GET') && reply.tag !== undefined && isKnown(event, reply.tag);
  if (notModified || isHead) {
    if (reply.body instanceof Readable) reply.body.destroy();
    return { statusCode: notModified ? 304 : reply.statusCode, headers, body: '' };
  }
  return { statusCode: reply.statusCode, headers, body: reply.body ?? '' };
}

/** The called path, with the stage or the base path of a custom domain. */
function calledPath({ requestContext, pathParameters }: APIGatewayProxyEvent): string {
  // `sam local` sends the route's pattern instead.
  const path = requestContext.path.replace(/\{(\w+)\}/g, (whole, name) => pathParameters?.[name] ?? whole);
  return path.replace(/\/$/, '').replace(anyId, (id) => id.toLowerCase());
}

const anyId = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

const queryText = (query: NonNullable<Reply['next']>) =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value = []]) =>
      [value].flat().map((one) => [name, String(one)] as [string, string]),
    ),
  );

/** The response with a buffered body; bytes are in base64. */
export async function toBufferedResponse({ statusCode, headers, body }: Response): Promise<APIGatewayProxyResult> {
  if (typeof body === 'string') return { statusCode, headers, body };
  const bytes = await buffer(body);
  const isBase64Encoded = !headers['Content-Type']?.startsWith('application/json');
  return { statusCode, headers, body: bytes.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded };
}

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { corsHeaders } from './cors.ts';
import type { Reply } from './reply.ts';
import { header } from './request.ts';

export interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string | Readable;
}

/** What every answer has in common, and what the request's method and conditions ask for. */
export function finished(reply: Reply, event: APIGatewayProxyEvent): Answer {
  const { path, requestId } = event.requestContext;
  const headers = {
    ...reply.headers,
    // With the stage or the custom domain's base path, which the function is not told otherwise.
    ...(reply.made && { Location: `${path.replace(/\/$/, '')}/${reply.made}` }),
    'X-Request-Id': requestId,
    ...corsHeaders(header(event, 'origin')),
  };
  const notModified = reply.statusCode === 200 && matches(header(event, 'if-none-match'), reply.headers.ETag);
  if (notModified || event.httpMethod === 'HEAD') {
    if (reply.body instanceof Readable) reply.body.destroy();
    return { statusCode: notModified ? 304 : reply.statusCode, headers, body: '' };
  }
  return { statusCode: reply.statusCode, headers, body: reply.body ?? '' };
}

/** RFC 9110, section 13.1.2: `*` or one of a list of entity tags, compared weakly. */
function matches(ifNoneMatch: string | undefined, etag: string | undefined): boolean {
  if (!ifNoneMatch || !etag) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

/** The answer in one piece; bytes in base64. */
export async function buffered({ statusCode, headers, body }: Answer): Promise<APIGatewayProxyResult> {
  if (typeof body === 'string') return { statusCode, headers, body };
  const bytes = await buffer(body);
  const isBase64Encoded = !headers['Content-Type']?.startsWith('application/json');
  return { statusCode, headers, body: bytes.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded };
}

import type { APIGatewayProxyEvent } from 'aws-lambda';

/** A header of the request; `name` is in lower case. Several lines of a header count as one list: RFC 9110, section 5.3. */
export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const lines = Object.entries(event.multiValueHeaders ?? {}).filter(([sent]) => sent.toLowerCase() === name);
  return lines.length > 0 ? lines.flatMap(([, values]) => values ?? []).join(', ') : undefined;
}

import type { APIGatewayProxyEvent } from 'aws-lambda';

/** A header of the request, whatever the case of its name. */
export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  return Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}

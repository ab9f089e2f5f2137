import { type IResource, MockIntegration, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';
import { chooseOrigin, corsHeaders, type MappedHeaders } from './cors.ts';

/** Media types with a template; API Gateway answers 415 to a body of any other type. */
const mediaTypes = [
  'application/json',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'image/jpeg',
  'image/png',
  'image/webp',
  'multipart/form-data',
  'text/plain',
];

export interface MockAnswer {
  readonly status: number;
  readonly headers: MappedHeaders;
  readonly body?: string;
}

/** Adds a method with a fixed answer of API Gateway. */
export function addMockMethod(
  resource: IResource,
  method: string,
  { status, headers, body = '' }: MockAnswer,
  origins: readonly string[],
): void {
  const statusCode = String(status);
  const template = chooseOrigin(origins) + body;
  const all = Object.entries({ 'X-Request-Id': 'context.requestId', ...corsHeaders(origins), ...headers });
  const mapped = all.map(([name, value]) => [`method.response.header.${name}`, value] as const);
  resource.addMethod(
    method,
    new MockIntegration({
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestTemplates: Object.fromEntries(mediaTypes.map((type) => [type, JSON.stringify({ statusCode: status })])),
      integrationResponses: [
        {
          statusCode,
          responseParameters: Object.fromEntries(mapped),
          ...(template && { responseTemplates: { 'application/json': template } }),
        },
      ],
    }),
    {
      methodResponses: [
        { statusCode, responseParameters: Object.fromEntries(mapped.map(([name]) => [name, true] as const)) },
      ],
    },
  );
}

import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { makeKey } from '../../functions/domain/project-key.ts';
import type { Endpoint } from '../../lib/contract/functions.ts';

export const projectId = '01a20a62-d9d0-70c2-9918-f49289882e2e';
export const personaId = '01a20a62-d9fa-7081-b111-77069c7cea9b';
export const projectKey = makeKey('bench', personaId);

const pathParameters = { projectId, personaId, keyId: personaId, imageId: `${personaId}.png` };

const bodies: Readonly<Record<string, object>> = {
  'create-project': { name: 'Checkout bot' },
  'create-key': { name: 'CI', access: 'read' },
  'create-persona': {
    name: 'Grumpy Greta',
    description: 'Has seen too many chatbots',
    systemPrompt: 'You are Greta, 67, a retired engineer. You answer briefly and trust no chatbot. '.repeat(10),
    headers: { 'X-Test-User': 'greta' },
  },
  'update-persona': { description: 'Trusts no chatbot' },
  'update-project-config': { name: 'Checkout bot' },
};

const headers = { Accept: '*/*', Host: 'localhost', 'User-Agent': 'curl/8.5.0', 'Content-Type': 'application/json' };

/** What API Gateway would send to an endpoint, with a body that it takes. */
export function eventFor({ name, method, path }: Pick<Endpoint, 'name' | 'method' | 'path'>): APIGatewayProxyEvent {
  const filled = path.replace(/\{(\w+)\}/g, (_, parameter: keyof typeof pathParameters) => pathParameters[parameter]);
  const queryStringParameters = name === 'list-images' ? { role: 'persona-avatar' } : null;
  return {
    resource: path,
    path: filled,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, [value]])),
    queryStringParameters,
    multiValueQueryStringParameters: null,
    pathParameters,
    stageVariables: null,
    body: bodies[name] ? JSON.stringify(bodies[name]) : null,
    isBase64Encoded: false,
    requestContext: { ...context, httpMethod: method, path: filled, resourcePath: path },
  };
}

const context = {
  accountId: '000000000000',
  apiId: 'bench',
  authorizer: null,
  protocol: 'HTTP/1.1',
  requestId: '3e853195-5c83-4015-a4ef-f0825b57c531',
  requestTimeEpoch: 0,
  resourceId: 'bench',
  stage: 'bench',
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

/** What API Gateway would ask the authorizer. */
export function authorizerEvent(): Pick<APIGatewayRequestAuthorizerEvent, 'type' | 'methodArn' | 'headers'> {
  return {
    type: 'REQUEST',
    methodArn: `arn:aws:execute-api:us-east-1:000000000000:bench/bench/GET/api/projects/${projectId}/personas`,
    headers: { ...headers, Authorization: `Bearer ${projectKey}` },
  };
}

import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { makeKey } from '../../functions/domain/project-key.ts';
import type { Endpoint } from '../../lib/contract/functions.ts';
import { exampleIds, exampleRequest } from './examples.ts';

export const projectKey = makeKey('bench', exampleIds.keyId);

const headers = { Accept: '*/*', Host: 'localhost', 'User-Agent': 'curl/8.5.0', 'Content-Type': 'application/json' };

/** API Gateway's event for an example of the document. */
export function eventFor(endpoint: Pick<Endpoint, 'name' | 'method' | 'path'>): APIGatewayProxyEvent {
  const { method, address, body } = exampleRequest(endpoint, exampleIds);
  const [path = '', search = ''] = address.split('?');
  return {
    resource: endpoint.path,
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, [value]])),
    queryStringParameters: search ? Object.fromEntries(new URLSearchParams(search)) : null,
    multiValueQueryStringParameters: null,
    pathParameters: { ...exampleIds, provider: 'openai' },
    stageVariables: null,
    body: body ? JSON.stringify(body) : null,
    isBase64Encoded: false,
    requestContext: { ...context, httpMethod: method, path, resourcePath: endpoint.path },
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

/** API Gateway's event for the authorizer. */
export function authorizerEvent(): Pick<APIGatewayRequestAuthorizerEvent, 'type' | 'methodArn' | 'headers'> {
  return {
    type: 'REQUEST',
    methodArn: `arn:aws:execute-api:us-east-1:000000000000:bench/bench/GET/api/projects/${exampleIds.projectId}/personas`,
    headers: { ...headers, Authorization: `Bearer ${projectKey}` },
  };
}

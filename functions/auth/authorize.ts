/**
 * The Lambda authorizer, which API Gateway calls before every call of a route that is not open. It returns the policy of the key's grant
 * and passes the grant on to the endpoint. For a missing or wrong key it throws the error that API Gateway answers with 401.
 */
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { loggingFaults } from '../http/log.ts';
import { grantOf } from './grant.ts';
import { policyFor } from './policy.ts';

export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const key = presentedKey(event);
  const grant = key && (await loggingFaults(event.requestContext.requestId, () => grantOf(key)));
  // API Gateway recognises this message:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
  if (!grant) throw new Error('Unauthorized');
  const { id, projectId, access } = grant;
  return { ...policyFor(grant, event.methodArn), principalId: id, context: { projectId, access } };
}

/** The key in `Authorization: Bearer …`, else that in `x-api-key`. */
function presentedKey({ headers }: APIGatewayRequestAuthorizerEvent): string | undefined {
  const given = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value?.trim()]));
  return /^Bearer +(\S+)$/i.exec(given.get('authorization') ?? '')?.[1] ?? given.get('x-api-key');
}

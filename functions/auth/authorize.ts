/**
 * Who may do what. API Gateway asks before every call of a route that is not open; the answer is a policy for all that the key
 * may reach, or the error that API Gateway makes a 401 of.
 */
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { reachOf } from './grant.ts';
import { policyFor } from './policy.ts';

export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const key = presentedKey(event);
  const reach = key && (await reachOf(key));
  // The word by which API Gateway knows it:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
  if (!reach) throw new Error('Unauthorized');
  return policyFor(reach, event.methodArn);
}

/** The key in `Authorization: Bearer …`, else that in `x-api-key`. */
function presentedKey({ headers }: APIGatewayRequestAuthorizerEvent): string | undefined {
  const given = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value?.trim()]));
  return /^Bearer +(\S+)$/i.exec(given.get('authorization') ?? '')?.[1] ?? given.get('x-api-key');
}

/** Authorizes a call as API Gateway does: calls the authorizer, and checks the call against its policy. */
import type { APIGatewayAuthorizerResult, APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { type GatewayAnswer, gatewayResponses } from '../contract/gateway-responses.ts';

export type Authorizer = (event: APIGatewayRequestAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;

/** The authorizer's context, for the endpoint, or the answer to a denied call. */
type Authorization =
  | { readonly context: APIGatewayProxyEvent['requestContext']['authorizer'] }
  | { readonly denial: GatewayAnswer };

export async function authorize(event: APIGatewayProxyEvent, authorizer: Authorizer): Promise<Authorization> {
  const { body: _, isBase64Encoded: __, ...request } = event;
  const methodArn = `arn:aws:execute-api:local:000000000000:local/local/${event.httpMethod}${event.path}`;
  try {
    const { policyDocument, principalId, context } = await authorizer({
      ...request,
      type: 'REQUEST',
      methodArn,
    } as APIGatewayRequestAuthorizerEvent);
    const allowed = policyDocument.Statement.some(
      (statement) =>
        statement.Effect === 'Allow' &&
        'Resource' in statement &&
        [statement.Resource].flat().some((pattern) => matches(String(pattern), methodArn)),
    );
    return allowed ? { context: { principalId, ...context } } : { denial: gatewayResponses.ACCESS_DENIED };
  } catch (error) {
    if (error instanceof Error && error.message === 'Unauthorized') return { denial: gatewayResponses.UNAUTHORIZED };
    console.error(error);
    return { denial: gatewayResponses.AUTHORIZER_FAILURE };
  }
}

/** Matches IAM's wildcard `*`, which stands for any text, including slashes. */
const matches = (pattern: string, arn: string): boolean =>
  new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`, 's').test(arn);

import type { APIGatewayProxyEvent } from 'aws-lambda';
import { everything, Grant } from '../domain/grant.ts';

/** The caller's grant, from the authorizer. Without an authorizer, everything is allowed. */
export const callerOf = ({ requestContext: { authorizer } }: APIGatewayProxyEvent): Grant =>
  authorizer ? Grant.parse(authorizer) : everything;

import type { APIGatewayProxyEvent } from 'aws-lambda';
import { everything, Grant } from '../domain/grant.ts';

/** What the caller may do, as the authorizer hands it on. Where nobody is asked for a key, everything. */
export const callerOf = ({ requestContext: { authorizer } }: APIGatewayProxyEvent): Grant =>
  authorizer ? Grant.parse(authorizer) : everything;

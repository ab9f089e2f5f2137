import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import type { Grant } from './grant.ts';

/**
 * The policy that lets a key do all that it may and nothing else, whichever call asked for it. It names the allowed routes one by
 * one, so that a route which nobody thought of is closed.
 */
export function policyFor(grant: Grant, methodArn: string): APIGatewayAuthorizerResult {
  // arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>
  const stage = methodArn.split('/', 2).join('/');
  const routes = endpoints.filter(({ access }) => mayCall(grant, access));
  return {
    principalId: grant.id,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: routes.flatMap(({ method, path }) =>
            (method === 'GET' ? ['GET', 'HEAD'] : [method]).flatMap((verb) => {
              const route = `${stage}/${verb}${filled(path, grant)}`;
              // A slash at the end makes no difference to API Gateway, but it is in the address that the policy is held against.
              return route.endsWith('*') ? [route] : [route, `${route}/`];
            }),
          ),
        },
      ],
    },
  };
}

/** Open routes are not asked about. */
const mayCall = (grant: Grant, access: Endpoint['access']): boolean =>
  access === 'read' ||
  (access === 'write' && grant.access !== 'read') ||
  (access === 'admin' && grant.access === 'admin');

/** A path with the project that the key reaches; anything for the ids below it. */
const filled = (path: string, { projectId }: Grant): string =>
  path.replace('{projectId}', projectId).replace(/\{\w+\}/g, '*');

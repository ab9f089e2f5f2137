import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import type { Reach } from './grant.ts';

/**
 * The policy that lets a key do all that it may and nothing else, whichever call asked for it. It names the allowed routes one by
 * one, so that a route which nobody thought of is closed.
 */
export function policyFor(reach: Reach, methodArn: string): APIGatewayAuthorizerResult {
  // arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>
  const stage = methodArn.split('/', 2).join('/');
  const routes = endpoints.filter(({ access }) => mayCall(reach, access));
  return {
    principalId: reach.id,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: routes.flatMap(({ method, path }) =>
            (method === 'GET' ? ['GET', 'HEAD'] : [method]).flatMap((verb) => {
              const route = `${stage}/${verb}${filled(path, reach)}`;
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
const mayCall = (reach: Reach, access: Endpoint['access']): boolean =>
  access === 'read' ||
  (access === 'write' && reach.access !== 'read') ||
  (access === 'admin' && reach.access === 'admin');

/** A path with the project that the key reaches; anything for the ids below it. */
const filled = (path: string, { projectId }: Reach): string =>
  path.replace('{projectId}', projectId).replace(/\{\w+\}/g, '*');

import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import type { Grant } from '../domain/grant.ts';

/**
 * The policy that lets a key do all that it may and nothing else, whichever call asked for it. It names the allowed routes one by
 * one, so that a route which nobody thought of is closed.
 */
export function policyFor(grant: Grant, methodArn: string): Pick<APIGatewayAuthorizerResult, 'policyDocument'> {
  // arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>
  const stage = methodArn.split('/', 2).join('/');
  const projectId = sentProjectId(grant, methodArn);
  const routes = endpoints.filter(({ access }) => mayCall(grant, access));
  return {
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: withoutCovered(
            routes.flatMap(({ method, path }) =>
              (method === 'GET' ? ['GET', 'HEAD'] : [method]).flatMap((verb) => {
                const route = `${stage}/${verb}${filled(path, projectId)}`;
                // A slash at the end makes no difference to API Gateway, but it is in the address that the policy is held against.
                return route.endsWith('*') ? [route] : [route, `${route}/`];
              }),
            ),
          ),
        },
      ],
    },
  };
}

/**
 * The project of the grant as the address has it: an id is read without regard to case, but API Gateway holds the policy against the
 * address as it was sent.
 */
function sentProjectId({ projectId }: Grant, methodArn: string): string {
  const [, sent = ''] = /\/api\/projects\/([^/]+)/.exec(methodArn) ?? [];
  return sent.toLowerCase() === projectId ? sent : projectId;
}

/** Open routes are not asked about. */
const mayCall = (grant: Grant, access: Endpoint['access']): boolean =>
  access === 'any key' ||
  access === 'read' ||
  (access === 'write' && grant.access !== 'read') ||
  (access === 'admin' && grant.access === 'admin');

/** Without those that another one's `*` at the end covers: API Gateway takes 8 KB of a policy. */
function withoutCovered(routes: readonly string[]): string[] {
  const open = routes.filter((route) => route.endsWith('*')).map((route) => route.slice(0, -1));
  return routes.filter((route) => !open.some((start) => route.startsWith(start) && route !== `${start}*`));
}

/** A path with the project that the key reaches; anything for the ids below it. */
const filled = (path: string, projectId: string): string =>
  path.replace('{projectId}', projectId).replace(/\{\w+\}/g, '*');

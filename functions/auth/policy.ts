import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import type { Grant } from '../domain/grant.ts';

/**
 * The policy for everything that a key may do, not only for the current call. It lists the allowed routes one by one, so every other
 * route is denied.
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
          Resource: dropCovered(
            routes.flatMap(({ method, path }) =>
              (method === 'GET' ? ['GET', 'HEAD'] : [method]).flatMap((verb) => {
                const route = `${stage}/${verb}${fillPath(path, projectId)}`;
                // API Gateway ignores a trailing slash when it routes a call, but not when it compares the path with the policy.
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
 * The project's id in the case in which the call has it: ids are case-insensitive, but API Gateway compares the policy with the path
 * as it was sent.
 */
function sentProjectId({ projectId }: Grant, methodArn: string): string {
  const [, sent = ''] = /\/api\/projects\/([^/]+)/.exec(methodArn) ?? [];
  return sent.toLowerCase() === projectId ? sent : projectId;
}

/** Open routes have no authorizer. */
const mayCall = (grant: Grant, access: Endpoint['access']): boolean =>
  access === 'any key' ||
  access === 'read' ||
  (access === 'write' && grant.access !== 'read') ||
  (access === 'admin' && grant.access === 'admin');

/** Drops the routes that another one covers with a `*` at its end: API Gateway accepts 8 KB of policy. */
function dropCovered(routes: readonly string[]): string[] {
  const open = routes.filter((route) => route.endsWith('*')).map((route) => route.slice(0, -1));
  return routes.filter((route) => !open.some((start) => route.startsWith(start) && route !== `${start}*`));
}

/** A path with the key's project, and with `*` for the other ids. */
const fillPath = (path: string, projectId: string): string =>
  path.replace('{projectId}', projectId).replace(/\{\w+\}/g, '*');

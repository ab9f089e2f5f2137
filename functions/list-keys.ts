import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import * as projectKeys from './storage/project-keys.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath },
  async handle({ path }) {
    return ok(await projectKeys.list(path));
  },
});

export const handler = lambda(endpoint);

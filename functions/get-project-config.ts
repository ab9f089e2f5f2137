import { configOf, ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath },
  async handle({ path }) {
    return ok(configOf(await projects.get(path)));
  },
});

export const handler = lambda(endpoint);

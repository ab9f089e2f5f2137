import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { noContent } from './http/reply.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath },
  async handle({ path }) {
    await projects.remove(path);
    return noContent();
  },
});

export const handler = lambda(endpoint);

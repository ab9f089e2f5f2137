import { configOf, ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import { modelWarnings } from './portraits/model-warnings.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath },
  async handle({ path }) {
    const project = await projects.get(path);
    return ok(configOf(project, modelWarnings(project)));
  },
});

export const handler = lambda(endpoint);

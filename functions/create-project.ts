import { NewProject } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { created } from './http/reply.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { body: NewProject },
  async handle({ body }) {
    const project = await projects.create(body);
    return created(project, project.id);
  },
});

export const handler = lambda(endpoint);

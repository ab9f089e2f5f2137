import { NewProject } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { created, replayed } from './http/reply.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { body: NewProject },
  async handle({ body, idempotent }) {
    const { result: project, isReplay } = await projects.create(body, idempotent);
    return replayed(created(project, project.id), isReplay);
  },
});

export const handler = lambda(endpoint);

import { ProjectPath } from './domain/project.ts';
import { NewKey } from './domain/project-key.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { created, replayed } from './http/reply.ts';
import * as projectKeys from './storage/project-keys.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, body: NewKey },
  beforeRefusal: projects.mustExist,
  async handle({ path, body, idempotent }) {
    const { result: key, isReplay } = await projectKeys.create(path, body, idempotent);
    return replayed(created(key, key.id), isReplay);
  },
});

export const handler = lambda(endpoint);

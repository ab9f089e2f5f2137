import { Paging } from './domain/paging.ts';
import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { page } from './http/reply.ts';
import * as projectKeys from './storage/project-keys.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, query: Paging },
  beforeRefusal: projects.mustExist,
  async handle({ path, query }) {
    const { entries, next } = await projectKeys.list(path, query);
    return page(entries, next);
  },
});

export const handler = lambda(endpoint);

import { ImagesQuery } from './domain/image.ts';
import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import * as images from './storage/images.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, query: ImagesQuery },
  beforeRefusal: projects.confirm,
  async handle({ path, query }) {
    return ok({ ids: await images.listByRole(path, query.role) });
  },
});

export const handler = lambda(endpoint);

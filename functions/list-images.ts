import { ImagesQuery } from './domain/image.ts';
import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { page } from './http/reply.ts';
import * as images from './storage/images.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, query: ImagesQuery },
  beforeRefusal: projects.mustExist,
  async handle({ path, query }) {
    const { entries, next } = await images.listByRole(path, query);
    return page({ ids: entries }, next);
  },
});

export const handler = lambda(endpoint);

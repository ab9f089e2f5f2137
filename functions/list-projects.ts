import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: {},
  async handle() {
    return ok(await projects.list());
  },
});

export const handler = lambda(endpoint);

import { modelGroups } from './domain/models.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';

export const endpoint = defineEndpoint({
  request: {},
  async handle() {
    return ok(modelGroups);
  },
});

export const handler = lambda(endpoint);

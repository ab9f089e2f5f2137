import { everything } from './domain/grant.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';

export const endpoint = defineEndpoint({
  request: {},
  async handle({ caller: { access, projectId } }) {
    return ok({ access, ...(projectId !== everything.projectId && { projectId }) });
  },
});

export const handler = lambda(endpoint);

import { modelGroups, ProviderPath } from './domain/models.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';

export const endpoint = defineEndpoint({
  request: { path: ProviderPath },
  async handle({ path: { provider } }) {
    return ok({ groups: modelGroups[provider] });
  },
});

export const handler = lambda(endpoint);

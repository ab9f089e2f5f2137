import { KeyPath } from './domain/project-key.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { noContent } from './http/reply.ts';
import * as projectKeys from './storage/project-keys.ts';

export const endpoint = defineEndpoint({
  request: { path: KeyPath },
  async handle({ path }) {
    await projectKeys.remove(path);
    return noContent();
  },
});

export const handler = lambda(endpoint);

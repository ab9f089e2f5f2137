import manifest from '../package.json' with { type: 'json' };
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';

export const endpoint = defineEndpoint({
  request: {},
  async handle() {
    return ok({ name: manifest.name, version: manifest.version, status: 'ok' });
  },
});

export const handler = lambda(endpoint);

import manifest from '../package.json' with { type: 'json' };
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';

export const endpoint = defineEndpoint({
  request: {},
  async handle() {
    const { name, version } = manifest;
    return ok({ name, version, status: 'ok', timestamp: new Date().toISOString(), node: process.version });
  },
});

export const handler = lambda(endpoint);

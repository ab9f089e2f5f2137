import { PersonaPath } from './domain/persona.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import * as portraits from './storage/portraits.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath },
  async handle({ path }) {
    return ok(await portraits.list(path));
  },
});

export const handler = lambda(endpoint);

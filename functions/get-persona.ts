import { PersonaPath } from './domain/persona.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import * as personas from './storage/personas.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath },
  async handle({ path }) {
    return ok(await personas.get(path));
  },
});

export const handler = lambda(endpoint);

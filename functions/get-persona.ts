import { PersonaPath } from './domain/persona.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import * as personas from './storage/personas.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath },
  async handle({ path }) {
    const { persona, tag } = await personas.get(path);
    return ok(persona, tag);
  },
});

export const handler = lambda(endpoint);

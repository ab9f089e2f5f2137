import { PersonaPath } from './domain/persona.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { noContent } from './http/reply.ts';
import * as personas from './storage/personas.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath },
  async handle({ path, precondition }) {
    await personas.remove(path, precondition);
    return noContent();
  },
});

export const handler = lambda(endpoint);

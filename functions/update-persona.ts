import { PersonaPath } from './domain/persona.ts';
import { PersonaChanges } from './domain/persona-requests.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import * as personas from './storage/personas.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath, body: PersonaChanges },
  beforeRefusal: projects.mustExist,
  async handle({ path, body, precondition }) {
    const { persona, tag } = await personas.update(path, body, precondition);
    return ok(persona, tag);
  },
});

export const handler = lambda(endpoint);

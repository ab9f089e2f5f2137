import { NewPersona } from './domain/persona-requests.ts';
import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { created, replayed } from './http/reply.ts';
import * as personas from './storage/personas.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, body: NewPersona },
  beforeRefusal: projects.mustExist,
  async handle({ path, body, idempotent }) {
    const { result, isReplay } = await personas.create(path, body, idempotent);
    const { persona, tag } = result;
    return replayed(created(persona, persona.id, tag), isReplay);
  },
});

export const handler = lambda(endpoint);

import { NewPersona } from './domain/persona.ts';
import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { created } from './http/reply.ts';
import * as personas from './storage/personas.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, body: NewPersona },
  beforeRefusal: projects.mustExist,
  async handle({ path, body }) {
    const { persona, tag } = await personas.create(path, body);
    return created(persona, persona.id, tag);
  },
});

export const handler = lambda(endpoint);

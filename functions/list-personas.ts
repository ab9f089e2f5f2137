import { PersonasQuery } from './domain/personas-query.ts';
import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { streamingLambda } from './http/lambda.ts';
import { streamedPage } from './http/reply.ts';
import * as personas from './storage/personas.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, query: PersonasQuery, repeatable: ['fields', 'tag'] },
  beforeRefusal: projects.mustExist,
  async handle({ path, query }) {
    const { batches, next } = await personas.list(path, query);
    return streamedPage(batches, next && { ...next, fields: next.fields?.join() });
  },
});

export const handler = streamingLambda(endpoint);

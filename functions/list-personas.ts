import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { streamingLambda } from './http/lambda.ts';
import { jsonArray } from './http/reply.ts';
import * as personas from './storage/personas.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath },
  async handle({ path }) {
    return jsonArray(personas.list(path));
  },
});

export const handler = streamingLambda(endpoint);

import { Paging } from './domain/paging.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { page } from './http/reply.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { query: Paging },
  async handle({ query, caller }) {
    const { entries, next } = await projects.list(query, caller);
    return page(entries, next);
  },
});

export const handler = lambda(endpoint);

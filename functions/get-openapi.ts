import document from '../openapi.json' with { type: 'json' };
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { published } from './http/reply.ts';

const text = JSON.stringify(document);

export const endpoint = defineEndpoint({
  request: {},
  async handle() {
    return published(text, 'application/json; charset=utf-8');
  },
});

export const handler = lambda(endpoint);

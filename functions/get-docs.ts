import { docsPage } from './docs/page.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { streamingLambda } from './http/lambda.ts';
import { published } from './http/reply.ts';

export const endpoint = defineEndpoint({
  request: {},
  async handle() {
    const { html, securityPolicy } = docsPage();
    return published(html, 'text/html; charset=utf-8', {
      'Content-Encoding': 'gzip',
      'Content-Security-Policy': securityPolicy,
      'X-Content-Type-Options': 'nosniff',
    });
  },
});

export const handler = streamingLambda(endpoint);

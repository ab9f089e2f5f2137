import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { published } from './http/reply.ts';
import { galleryPage } from './page/document.ts';

export const endpoint = defineEndpoint({
  request: {},
  async handle() {
    const { html, securityPolicy } = galleryPage();
    return published(html, 'text/html; charset=utf-8', {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': securityPolicy,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    });
  },
});

export const handler = lambda(endpoint);

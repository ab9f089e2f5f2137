import { ImagePath } from './domain/image.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { noContent } from './http/reply.ts';
import * as images from './storage/images.ts';

export const endpoint = defineEndpoint({
  request: { path: ImagePath },
  async handle({ path, precondition }) {
    await images.remove(path, precondition);
    return noContent();
  },
});

export const handler = lambda(endpoint);

import { ImagePath } from './domain/image.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { streamingLambda } from './http/lambda.ts';
import { immutableBytes } from './http/reply.ts';
import * as images from './storage/images.ts';
import * as objects from './storage/objects.ts';

export const endpoint = defineEndpoint({
  request: { path: ImagePath },
  async handle({ path }) {
    const { bytes, mediaType } = await objects.readRecorded(path, images.mustExist);
    return immutableBytes(bytes, mediaType, path.imageId);
  },
});

export const handler = streamingLambda(endpoint);

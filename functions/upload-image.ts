import { NewImage, newImageId } from './domain/image.ts';
import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { bodyLimits } from './http/json-cost.ts';
import { lambda } from './http/lambda.ts';
import { created, replayed } from './http/reply.ts';
import { once } from './storage/idempotency.ts';
import * as images from './storage/images.ts';
import * as objects from './storage/objects.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, body: NewImage, bodyLimits: { ...bodyLimits, megabytes: 6 } },
  beforeRefusal: projects.mustExist,
  async handle({ path, body: { imageBase64: image, role }, idempotent }) {
    await projects.mustExist(path);
    const { result: id, isReplay } = await once(path, idempotent, newImageId(image), {
      async make(imageId, idempotencyWrites) {
        await objects.put({ ...path, imageId }, image);
        await images.record({ ...path, imageId }, role, idempotencyWrites);
        return imageId;
      },
      async find(imageId) {
        await images.mustExist({ ...path, imageId });
        return imageId;
      },
    });
    return replayed(created({ id }, id), isReplay);
  },
});

export const handler = lambda(endpoint);

import { NewImage, newImageId } from './domain/image.ts';
import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { bodyLimits } from './http/json-cost.ts';
import { lambda } from './http/lambda.ts';
import { created } from './http/reply.ts';
import * as images from './storage/images.ts';
import * as objects from './storage/objects.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, body: NewImage, bodyLimits: { ...bodyLimits, megabytes: 6 } },
  beforeRefusal: projects.mustExist,
  async handle({ path, body: { imageBase64: image, role } }) {
    await projects.mustExist(path);
    const id = newImageId(image);
    const imagePath = { ...path, imageId: id };
    await objects.put(imagePath, image);
    await images.record(imagePath, role);
    return created({ id }, id);
  },
});

export const handler = lambda(endpoint);

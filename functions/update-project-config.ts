import { ConfigChanges, configOf, keyToStore, maskOf, ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import * as projects from './storage/projects.ts';
import { sealKey } from './storage/provider-keys.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, body: ConfigChanges },
  beforeRefusal: projects.confirm,
  async handle({ path, body }) {
    const key = keyToStore(body);
    const sealed = key === undefined ? undefined : { sealed: await sealKey(path.projectId, key), mask: maskOf(key) };
    return ok(configOf(await projects.configure(path, body, sealed)));
  },
});

export const handler = lambda(endpoint);

import { ConfigChanges, keyToStore } from './domain/config-changes.ts';
import { configOf, type EncryptedKey, maskOf, ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import { modelWarnings } from './portraits/model-warnings.ts';
import * as projects from './storage/projects.ts';
import { encryptKey } from './storage/provider-keys.ts';

export const endpoint = defineEndpoint({
  request: { path: ProjectPath, body: ConfigChanges },
  beforeRefusal: projects.mustExist,
  async handle({ path, body }) {
    const key = keyToStore(body);
    const newKey = key === undefined ? undefined : encryptedKey(path, key);
    const project = await projects.configure(path, body, newKey);
    return ok(configOf(project, modelWarnings(project)));
  },
});

async function encryptedKey({ projectId }: ProjectPath, key: string): Promise<EncryptedKey> {
  return { ciphertext: await encryptKey(projectId, key), mask: maskOf(key) };
}

export const handler = lambda(endpoint);

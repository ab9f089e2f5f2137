import { write } from '../storage/dynamo.ts';
import * as images from '../storage/images.ts';
import * as objects from '../storage/objects.ts';
import * as personas from '../storage/personas.ts';
import * as projects from '../storage/projects.ts';
import { keys } from '../storage/table.ts';
import type { Finding, Kind } from './findings.ts';
import { removeGoneProject } from './gone-project.ts';
import { removeDyingImage, retainPortraits } from './images.ts';

/** Puts right what was found, unless it is so no more: that is read again first. */
type Repair = (projectId: string, one: string, other: string) => Promise<unknown>;

/** What is not here cannot be put right: bytes that are lost, and items that cannot be read. */
const repairs: Readonly<Partial<Record<Kind, Repair>>> = {
  'project-left': removeGoneProject,
  'project-unlisted': projects.relist,
  'name-missing': (projectId, _name, personaId) => personas.holdOwnName({ projectId, personaId }),
  async 'name-left'(projectId, name, personaId) {
    if ((await personas.find({ projectId, personaId }))?.name === name) return;
    const unchanged = { ConditionExpression: 'personaId = :id', ExpressionAttributeValues: { ':id': personaId } };
    await write({ Delete: { Key: keys.name(projectId, name), ...unchanged } });
  },
  'image-missing': (projectId, imageId, personaId) => personas.detachImage({ projectId, personaId }, imageId),
  'referrer-missing': (projectId, imageId, personaId) => personas.noteReference({ projectId, personaId }, imageId),
  'referrer-left': (projectId, imageId, personaId) => personas.noteReference({ projectId, personaId }, imageId),
  async 'object-left'(projectId, imageId) {
    if (!(await images.find({ projectId, imageId }))) await objects.remove({ projectId, imageId });
  },
  'role-missing': (projectId, _role, imageId) => images.relist({ projectId, imageId }),
  'portrait-missing': (projectId, _personaId, imageId) => images.relist({ projectId, imageId }),
  async 'role-left'(projectId, role, imageId) {
    if (await images.isThere({ projectId, imageId })) return;
    await write({ Delete: { Key: keys.role(projectId, role, imageId) } });
  },
  async 'portrait-left'(projectId, personaId, imageId) {
    if (await images.isThere({ projectId, imageId })) return;
    await write({ Delete: { Key: keys.portrait(projectId, personaId, imageId) } });
  },
  'image-dying': (projectId, imageId) => removeDyingImage({ projectId, imageId }),
  'portrait-unkept': (projectId, personaId) => retainPortraits({ projectId, personaId }),
  'key-left': (projectId, keyId) => write({ Delete: { Key: keys.listedKey(projectId, keyId) } }),
  'key-unlisted': (_projectId, keyId) => write({ Delete: { Key: keys.keyRecord(keyId) } }),
};

/** Puts right what was found. Answers whether that is possible. */
export async function repair({ kind, projectId, about: [one = '', other = ''] }: Finding): Promise<boolean> {
  await repairs[kind]?.(projectId, one, other);
  return kind in repairs;
}

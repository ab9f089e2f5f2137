import { write } from '../storage/dynamo.ts';
import * as images from '../storage/images.ts';
import * as objects from '../storage/objects.ts';
import * as personas from '../storage/personas.ts';
import * as projects from '../storage/projects.ts';
import { keys } from '../storage/table.ts';
import { removeDeletedProject } from './deleted-project.ts';
import type { Finding, Kind } from './findings.ts';
import { finishDeletion, retainPortraits } from './images.ts';

/** Repairs a finding. Reads the data again first, and does nothing if it has become consistent. */
type Repair = (projectId: string, one: string, other: string) => Promise<unknown>;

/** Without a repair: lost objects, and items that cannot be parsed. */
const repairs: Readonly<Partial<Record<Kind, Repair>>> = {
  'project-left': removeDeletedProject,
  'project-unlisted': projects.relist,
  'name-missing': (projectId, _name, personaId) => personas.reserveOwnName({ projectId, personaId }),
  async 'name-left'(projectId, name, personaId) {
    if ((await personas.find({ projectId, personaId }))?.name === name) return;
    const unchanged = { ConditionExpression: 'personaId = :id', ExpressionAttributeValues: { ':id': personaId } };
    await write({ Delete: { Key: keys.name(projectId, name), ...unchanged } });
  },
  'image-missing': (projectId, imageId, personaId) => personas.detachImage({ projectId, personaId }, imageId),
  'referrer-missing': (projectId, imageId, personaId) => personas.recordReference({ projectId, personaId }, imageId),
  'referrer-left': (projectId, imageId, personaId) => personas.recordReference({ projectId, personaId }, imageId),
  async 'object-left'(projectId, imageId) {
    if (!(await images.find({ projectId, imageId }))) await objects.remove({ projectId, imageId });
  },
  'role-missing': (projectId, _role, imageId) => images.relist({ projectId, imageId }),
  'portrait-missing': (projectId, _personaId, imageId) => images.relist({ projectId, imageId }),
  async 'role-left'(projectId, role, imageId) {
    if (await images.exists({ projectId, imageId })) return;
    await write({ Delete: { Key: keys.role(projectId, role, imageId) } });
  },
  async 'portrait-left'(projectId, personaId, imageId) {
    if (await images.exists({ projectId, imageId })) return;
    await write({ Delete: { Key: keys.portrait(projectId, personaId, imageId) } });
  },
  'image-left': (projectId, imageId) => finishDeletion({ projectId, imageId }),
  'portrait-unkept': (projectId, personaId) => retainPortraits({ projectId, personaId }),
  'key-left': (projectId, keyId) => write({ Delete: { Key: keys.listedKey(projectId, keyId) } }),
  'key-unlisted': (_projectId, keyId) => write({ Delete: { Key: keys.keyRecord(keyId) } }),
};

/** Repairs a finding. Returns whether a repair exists. */
export async function repair({ kind, projectId, about: [one = '', other = ''] }: Finding): Promise<boolean> {
  await repairs[kind]?.(projectId, one, other);
  return kind in repairs;
}

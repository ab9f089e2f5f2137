import { applyConfigChanges, type ConfigChanges } from '../domain/config-changes.ts';
import { everything, type Grant } from '../domain/grant.ts';
import type { IdempotentRequest, Once } from '../domain/idempotency.ts';
import { newId } from '../domain/new-id.ts';
import type { Page, Paging } from '../domain/paging.ts';
import { type EncryptedKey, type NewProject, Project, type ProjectPath } from '../domain/project.ts';
import { projectNotFound } from '../domain/refusal.ts';
import { newVersion } from '../domain/version.ts';
import { deleteItems, getItem, type Item, retryConflicts, type Write, write, writeConflict } from './dynamo.ts';
import { once } from './idempotency.ts';
import { readPage } from './lists.ts';
import { keys, lists } from './table.ts';

export interface ListedProject {
  readonly id: string;
  readonly name: string;
}

export async function create({ name }: NewProject, request?: IdempotentRequest): Promise<Once<ListedProject>> {
  const id = newId();
  return once({}, request, id, {
    async make(_, idempotencyWrites) {
      await write(
        ...idempotencyWrites,
        { Put: { Item: { ...keys.project(id), name, version: 1 } } },
        listing(id, name),
      );
      return { id, name };
    },
    find: async (projectId) => ({ id: projectId, name: (await get({ projectId })).name }),
  });
}

/** The projects that the caller may see, oldest first. */
export function list(query: Paging, { projectId }: Grant): Promise<Page<ListedProject, Paging>> {
  const first = projectId === everything.projectId ? '' : projectId;
  return readPage(lists.projects(first), ['name'], query, (rest, { name }) => ({ id: first + rest, name }));
}

export const get = async ({ projectId }: ProjectPath): Promise<Project> =>
  fromItem(await getItem(keys.project(projectId)));

/**
 * Refuses if the project does not exist. Called before something is created in it. What is created while the project is being deleted is invisible,
 * as if it had been created before the deletion.
 */
export const mustExist = async (path: ProjectPath): Promise<void> => void (await get(path));

/** Reads something of a project while it checks that the project exists. If it does not, that refusal comes before any other. */
export async function ifExists<Result>(path: ProjectPath, reading: Promise<Result>): Promise<Result> {
  const [existence, result] = await Promise.allSettled([mustExist(path), reading]);
  if (existence.status === 'rejected') throw existence.reason;
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** Changes a project's settings and returns it. `newKey`: the new provider key, being encrypted; see `applyConfigChanges`. */
export async function configure(
  { projectId }: ProjectPath,
  changes: ConfigChanges,
  newKey?: Promise<EncryptedKey>,
): Promise<Project> {
  return retryConflicts(async () => {
    const [item, key] = await Promise.all([getItem(keys.project(projectId)), newKey]);
    const project = fromItem(item);
    if (Object.keys(changes).length === 0) return project;
    const after = applyConfigChanges(project, changes, key);
    const version = Number(item?.version);
    await write(
      {
        Put: {
          Item: { ...keys.project(projectId), ...after, version: version + 1 },
          ConditionExpression: 'version = :version',
          ExpressionAttributeValues: { ':version': version },
        },
        otherwise: writeConflict,
      },
      ...(after.name === project.name ? [] : [listing(projectId, after.name)]),
    );
    return after;
  });
}

/** Deletes a project: nothing of it is read or created without this item. The tombstone makes clean-up remove the rest. */
export async function remove({ projectId }: ProjectPath): Promise<void> {
  await write(
    {
      Delete: { Key: keys.project(projectId), ConditionExpression: 'attribute_exists(PK)' },
      otherwise: projectNotFound,
    },
    { Delete: { Key: keys.directoryEntry(projectId) } },
    { Put: { Item: keys.tombstone(projectId) } },
  );
}

/** Makes clean-up look once more for what is left of a deleted project. */
export const reopenTombstone = (projectId: string): Promise<void> =>
  write({ Put: { Item: { ...keys.tombstone(projectId), round: newVersion() } } });

/** The last step of a project's deletion. */
export const removeTombstone = (projectId: string): Promise<void> =>
  deleteItems([keys.directoryEntry(projectId), keys.tombstone(projectId)]);

/** Restores the entry of an existing project in the directory. */
export async function relist(projectId: string): Promise<void> {
  const item = await getItem(keys.project(projectId));
  if (item) await write(listing(projectId, fromItem(item).name));
}

export const exists = async (projectId: string): Promise<boolean> =>
  (await getItem(keys.project(projectId))) !== undefined;

const listing = (projectId: string, name: string): Write => ({
  Put: { Item: { ...keys.directoryEntry(projectId), name } },
});

/** Parses a project from its item. Refuses if there is none. */
export function fromItem(item: Item | undefined): Project {
  if (!item) throw projectNotFound();
  return Project.parse(item);
}

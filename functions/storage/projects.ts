import { v7 as uuidv7 } from 'uuid';
import type { Page, Paging } from '../domain/paging.ts';
import {
  type ConfigChanges,
  configured,
  type NewProject,
  Project,
  type ProjectPath,
  type SealedKey,
} from '../domain/project.ts';
import { projectNotFound } from '../domain/refusal.ts';
import { getItem, type Item, overtaken, retried, type Write, write } from './dynamo.ts';
import { readPage } from './lists.ts';
import { keys } from './table.ts';

export interface ListedProject {
  readonly id: string;
  readonly name: string;
}

export async function create({ name }: NewProject): Promise<ListedProject> {
  const id = uuidv7();
  await retried(() => write(...itemsOf({ id, name }).map((Item) => ({ Put: { Item } }))));
  return { id, name };
}

/** All that a new project is in the table. */
export const itemsOf = ({ id, name }: ListedProject): Item[] => [
  { ...keys.project(id), name, version: 1 },
  directoryEntry(id, name),
];

/** The projects, oldest first. */
export const list = (query: Paging): Promise<Page<ListedProject, Paging>> =>
  readPage(keys.directoryEntry(), ['name'], query, (id, { name }) => ({ id, name }));

export const get = async ({ projectId }: ProjectPath): Promise<Project> =>
  fromItem(await getItem(keys.project(projectId)));

/** Refuses unless the project lives. */
export const confirm = async (path: ProjectPath): Promise<void> => void (await get(path));

/** What is read of a project, if it lives. Where it does not, that is the answer, whatever else is refused. */
export async function living<Result>(path: ProjectPath, reading: Promise<Result>): Promise<Result> {
  const [life, result] = await Promise.allSettled([confirm(path), reading]);
  if (life.status === 'rejected') throw life.reason;
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** The project after the changes. `newKey` is a provider key that is being sealed; see `configured` for what holds without one. */
export async function configure(
  { projectId }: ProjectPath,
  changes: ConfigChanges,
  newKey?: Promise<SealedKey>,
): Promise<Project> {
  return retried(async () => {
    const [item, key] = await Promise.all([getItem(keys.project(projectId)), newKey]);
    const project = fromItem(item);
    if (Object.keys(changes).length === 0) return project;
    const after = configured(project, changes, key);
    const version = Number(item?.version);
    await write(
      {
        Put: {
          Item: { ...keys.project(projectId), ...after, version: version + 1 },
          ConditionExpression: 'version = :version',
          ExpressionAttributeValues: { ':version': version },
        },
        otherwise: overtaken,
      },
      ...(after.name === project.name ? [] : [{ Put: { Item: directoryEntry(projectId, after.name) } }]),
    );
    return after;
  });
}

/** Gone at once for everyone: nothing of a project is read or made without this item. */
export async function remove({ projectId }: ProjectPath): Promise<void> {
  await retried(() =>
    write(
      {
        Delete: { Key: keys.project(projectId), ConditionExpression: 'attribute_exists(PK)' },
        otherwise: projectNotFound,
      },
      { Delete: { Key: keys.directoryEntry(projectId) } },
    ),
  );
}

const directoryEntry = (projectId: string, name: string) => ({ ...keys.directoryEntry(projectId), name });

/** Reads a project from its item. Refuses where there is none. */
export function fromItem(item: Item | undefined): Project {
  if (!item) throw projectNotFound();
  return Project.parse(item);
}

/** The write of a transaction that makes sure that the project lives. */
export const mustLive = (projectId: string): Write => ({
  ConditionCheck: { Key: keys.project(projectId), ConditionExpression: 'attribute_exists(PK)' },
  otherwise: projectNotFound,
});

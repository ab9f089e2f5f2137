import { deadline } from '../domain/deadline.ts';
import { deleteItems } from '../storage/dynamo.ts';
import { idPages } from '../storage/lists.ts';
import * as objects from '../storage/objects.ts';
import * as projects from '../storage/projects.ts';
import { keys, lists } from '../storage/table.ts';

/** Bounds a round, so that other projects do not wait long for a large one. */
const maxRoundMs = 60_000;

/**
 * Removes what is left of a deleted project: first its keys, then all other items, then its objects, with or without a record. A large project takes
 * several rounds: each updates the tombstone, which starts the next one, and the last one removes the tombstone. Returns whether this was the last
 * round. Does nothing if the project exists.
 */
export async function removeDeletedProject(projectId: string): Promise<boolean> {
  if (await projects.exists(projectId)) return true;
  const end = Math.min(deadline(), performance.now() + maxRoundMs);
  for await (const _page of pagesRemoved(projectId)) {
    if (performance.now() < end) continue;
    await projects.reopenTombstone(projectId);
    return false;
  }
  await projects.removeTombstone(projectId);
  return true;
}

/** Items that are deleted between two checks of the time. */
const itemsAtOnce = 500;

/** Removes everything, and yields after each page or part of a page. */
async function* pagesRemoved(projectId: string): AsyncGenerator<void, void, undefined> {
  // A key's record is in another partition and is found by the listed key, so it is deleted first.
  for await (const keyIds of idPages(lists.keys(projectId))) {
    await deleteItems(keyIds.map(keys.keyRecord));
    await deleteItems(keyIds.map((keyId) => keys.listedKey(projectId, keyId)));
    yield;
  }
  const everything = lists.everythingOf(projectId);
  for await (const sortKeys of idPages(everything)) {
    for (let start = 0; start < sortKeys.length; start += itemsAtOnce) {
      await deleteItems(sortKeys.slice(start, start + itemsAtOnce).map((SK) => ({ PK: everything.PK, SK })));
      yield;
    }
  }
  for await (const listed of objects.listPages(projectId)) {
    await objects.removeMany(
      projectId,
      listed.map(({ imageId }) => imageId),
    );
    yield;
  }
}

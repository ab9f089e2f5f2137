import { deadline } from '../domain/deadline.ts';
import { deleteItems } from '../storage/dynamo.ts';
import { idPages } from '../storage/lists.ts';
import * as objects from '../storage/objects.ts';
import * as projects from '../storage/projects.ts';
import { keys, lists } from '../storage/table.ts';

/** Milliseconds that one round takes at most, so that other projects need not wait for a large one. */
const longestRound = 60_000;

/**
 * Removes what is left of a deleted project: first its keys, since they open something, then all other items, then its objects, with or
 * without a record. What one round does not do is done by the next one, which the tombstone asks for; the last one removes the tombstone.
 * Answers whether it was the last. Does nothing to a project that exists.
 */
export async function removeGoneProject(projectId: string): Promise<boolean> {
  if (await projects.isThere(projectId)) return true;
  const end = Math.min(deadline(), performance.now() + longestRound);
  for await (const _page of pagesRemoved(projectId)) {
    if (performance.now() < end) continue;
    await projects.reopenTombstone(projectId);
    return false;
  }
  await projects.removeTombstone(projectId);
  return true;
}

/** Between two looks at the clock. */
const itemsAtOnce = 500;

/** Removes everything, and yields after each page or part of one. */
async function* pagesRemoved(projectId: string): AsyncGenerator<void, void, undefined> {
  // The record of a key lies outside of the partition and goes first: what lists it leads to it.
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

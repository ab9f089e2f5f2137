import { getItem, write } from './dynamo.ts';
import { keys } from './table.ts';

/** The last project that an interrupted run of reconcile has checked; undefined if the last run was complete. */
export async function readCheckpoint(): Promise<string | undefined> {
  const item = await getItem(keys.reconcileCheckpoint());
  return item && String(item.projectId);
}

export const saveCheckpoint = (projectId: string): Promise<void> =>
  write({ Put: { Item: { ...keys.reconcileCheckpoint(), projectId } } });

export const deleteCheckpoint = (): Promise<void> => write({ Delete: { Key: keys.reconcileCheckpoint() } });

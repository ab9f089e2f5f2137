import { getItem, write } from './dynamo.ts';
import { keys } from './table.ts';

/** The project up to which the last run of reconcile came; undefined where it came to the end. */
export async function keptPlace(): Promise<string | undefined> {
  const item = await getItem(keys.reconcilePlace());
  return item && String(item.projectId);
}

export const keepPlace = (projectId: string): Promise<void> =>
  write({ Put: { Item: { ...keys.reconcilePlace(), projectId } } });

export const forgetPlace = (): Promise<void> => write({ Delete: { Key: keys.reconcilePlace() } });

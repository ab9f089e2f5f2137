import { setTimeout as sleep } from 'node:timers/promises';
import { getItems, scanKeys } from '../storage/dynamo.ts';
import { idPages } from '../storage/lists.ts';
import * as objects from '../storage/objects.ts';
import { keys, lists, projectIn } from '../storage/table.ts';
import { confirm, type Finding, findingsOf, type Limits } from './findings.ts';
import { readSnapshot } from './snapshot.ts';

/** The findings of a project that two snapshots confirm. `pause`: milliseconds between them, longer than most calls take. */
export async function checkProject(projectId: string, limits: Limits, pause = 250): Promise<Finding[]> {
  const first = findingsOf(await readSnapshot(projectId), limits);
  if (first.length === 0) return [];
  await sleep(pause);
  return confirm(first, findingsOf(await readSnapshot(projectId), limits));
}

/** The sorted ids of all projects that exist, are being deleted, or have objects. */
export async function projectIds(): Promise<string[]> {
  const ids = new Set<string>();
  for (const pages of [idPages(lists.projects()), idPages(lists.tombstones()), objects.projectPages()])
    for await (const page of pages) for (const id of page) ids.add(id);
  return [...ids].toSorted();
}

/** Finds what only a scan of the whole table finds: projects and keys that are in no list. */
export async function scanTable(): Promise<{ projectIds: string[]; findings: Finding[] }> {
  const ids = new Set<string>();
  const unlisted: Finding[] = [];
  for await (const page of scanKeys()) {
    for (const { PK } of page) {
      const id = projectIn(PK);
      if (id) ids.add(id);
    }
    for (const { PK, projectId } of page.filter(({ SK }) => SK === 'KEY')) {
      const keyId = PK.slice('KEY#'.length);
      const [listed] = await getItems(keys.listedKey(projectId, keyId));
      if (!listed) unlisted.push({ kind: 'key-unlisted', projectId, about: [keyId] });
    }
  }
  return { projectIds: [...ids].toSorted(), findings: unlisted };
}

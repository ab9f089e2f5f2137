import type { Change, Comparison, Difference } from './changes.ts';
import { counted, print, printJson } from './output.ts';

const signs = { create: '+', update: '~', delete: '-' } as const;

/** Prints a line for each change, with the old and new values of its fields. */
export function printChanges({ changes, same, others }: Comparison, prune: boolean, json: boolean): void {
  if (json) {
    printJson({ changes: changes.map(toJson), same, others });
    return;
  }
  for (const change of changes) {
    print(`${signs[change.kind]} ${change.name}`);
    if (change.kind === 'update') for (const difference of change.differences) printDifference(difference);
  }
  const count = (kind: Change['kind']) => changes.filter((change) => change.kind === kind).length;
  print(`${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete, ${same} the same.`);
  if (others.length > 0 && !prune)
    print(`${counted(others.length, 'persona')} not in the file: --prune deletes what is not in it.`);
}

function printDifference({ field, from, to }: Difference): void {
  print(`    ${field}`);
  if (field === 'portrait') return;
  if (from !== undefined) print(shown('-', from));
  if (to !== undefined) print(shown('+', to));
}

const shown = (sign: string, value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value))
    .split('\n')
    .map((line) => `      ${sign} ${line}`)
    .join('\n');

const toJson = (change: Change) => ({
  kind: change.kind,
  name: change.name,
  ...(change.kind === 'update' && { differences: change.differences }),
});

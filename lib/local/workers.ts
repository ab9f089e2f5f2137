import { join } from 'node:path';
import { type FunctionRow, workers } from '../contract/functions.ts';
import { region } from './environment.ts';
import type { Stores } from './stores.ts';
import { type ChangesHandler, readTableChanges, type TableChanges } from './table-changes.ts';

/**
 * Runs the workers that the table's changes are handed on to, in this process, whose environment is the functions'. With `follow`, as long
 * as they are not closed. `directory`: where it is kept between runs how far they came.
 */
export function startWorkers(
  { addresses, credentials, streamArn }: Stores,
  { directory, follow }: { readonly directory?: string | undefined; readonly follow: boolean },
): TableChanges {
  const client = { endpoint: addresses.dynamodb, region, credentials };
  const started = workers.flatMap((row) => {
    const { name, source, timeout } = row;
    if (!('changesOf' in source)) return [];
    const positionFile = directory && join(directory, `${name}.json`);
    const handler: ChangesHandler = async (event, context) => (await handlerOf(row))(event, context);
    return readTableChanges(
      { changesOf: source.changesOf, timeout, handler },
      { client, streamArn, ...(positionFile && { positionFile }) },
      follow,
    );
  });
  return {
    drain: async () => void (await Promise.all(started.map((changes) => changes.drain()))),
    close: async () => void (await Promise.all(started.map((changes) => changes.close()))),
  };
}

const handlerOf = async ({ file }: FunctionRow) =>
  (await import(new URL(`../../functions/${file}.ts`, import.meta.url).href)).handler;

import { join } from 'node:path';
import { type FunctionRow, workers } from '../contract/functions.ts';
import { region } from './environment.ts';
import type { Stores } from './stores.ts';
import { type ChangesHandler, readTableChanges, type TableChanges } from './table-changes.ts';

/**
 * Runs the workers on the table's stream, in this process, which needs the environment of the functions. With `follow`, they run until they
 * are closed. `directory`: stores their positions in the stream between runs.
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

import { randomInt } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  UpdateTableCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { spawnChild } from './child-process.ts';
import { freePort, type Listener } from './listen.ts';

export interface DynamoDb extends Listener {
  /** The process group of the engine, if this function started one. */
  readonly processGroup?: number;
}

interface Options {
  readonly file?: string;
  readonly onFailure?: ((error: Error) => void) | undefined;
}

const startLimitMs = 60_000;
const attempts = 3;

/**
 * Starts the DynamoDB engine dynoxide, in memory or with `file`, unless AWS_ENDPOINT_URL_DYNAMODB names another one. Throws with advice if it is
 * not installed, or if nothing answers at that address. Table names need at least three characters. `onFailure` is called if the engine ends before
 * it is closed.
 */
export async function startDynamoDb({ file, onFailure }: Options = {}): Promise<DynamoDb> {
  const external = await externalDynamoDb();
  if (external) return { url: external, close: async () => {} };

  const binary = findBinary();
  if (file !== undefined) await makePrivate(file);
  const storage = file === undefined ? [] : ['--db-path', file];

  for (let attempt = 1; ; attempt++) {
    const where = await hiddenAddress();
    try {
      await using starting = new AsyncDisposableStack();
      const engine = await run(binary, where, storage, onFailure);
      starting.defer(() => engine.close());
      if (file !== undefined) indexChanges(file);
      starting.move();
      return engine;
    } catch (error) {
      const taken = error instanceof Error && /already in use/i.test(error.message);
      if (!taken || attempt === attempts) throw error;
    }
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * The engine checks no signatures and allows pages of every origin to read its answers. So it listens on a random address of the loopback network,
 * where no page finds it. macOS has 127.0.0.1 only.
 */
async function hiddenAddress(): Promise<Address> {
  const host = `127.${randomInt(256)}.${randomInt(256)}.${randomInt(2, 255)}`;
  const port = await freePort(host).catch(ignoreUnavailable);
  return port === undefined ? { host: '127.0.0.1', port: await freePort() } : { host, port };
}

function ignoreUnavailable(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EADDRNOTAVAIL') throw error;
}

/** The address of another DynamoDB engine. */
export const externalVariable = 'AWS_ENDPOINT_URL_DYNAMODB';

/** The address of the engine that the environment names, if any. Throws if nothing answers there. */
async function externalDynamoDb(): Promise<string | undefined> {
  const url = process.env[externalVariable];
  if (!url) return undefined;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new Error(
      `${externalVariable} must be an address such as http://127.0.0.1:8000, not ${JSON.stringify(url)}.`,
    );
  }
  await fetch(url).catch((error: Error) => {
    throw new Error(
      `No DynamoDB answers at ${url}, the value of ${externalVariable}. Start it, or unset the variable.`,
      {
        cause: error,
      },
    );
  });
  return url;
}

/** Creates the file, unless it exists, for its owner only. SQLite gives the same mode to the files that it creates next to it. */
async function makePrivate(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const opened = await open(file, 'a', 0o600);
  await opened.chmod(0o600).finally(() => opened.close());
}

/**
 * The engine stores every change of its streams, and reads all of them to number the next one: after 5 000 changes a write takes five times as
 * long. With this index it reads only one.
 */
function indexChanges(file: string): void {
  using database = new DatabaseSync(file, { timeout: startLimitMs });
  database.exec(
    'CREATE INDEX IF NOT EXISTS changes_in_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
  );
}

/** A table with the keys `PK` and `SK`. */
export const definition = (tableName: string): CreateTableCommandInput => ({
  TableName: tableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'PK', AttributeType: 'S' },
    { AttributeName: 'SK', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'PK', KeyType: 'HASH' },
    { AttributeName: 'SK', KeyType: 'RANGE' },
  ],
});

/** Creates the table and its stream, unless they exist, and waits until they can be used. Returns the ARN of the stream. */
export async function createTable(client: DynamoDBClient, tableName: string): Promise<string> {
  const creation = new CreateTableCommand(definition(tableName));
  await client.send(creation).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'ResourceInUseException') throw error;
  });
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: tableName });
  const described = await client.send(new DescribeTableCommand({ TableName: tableName }));
  const streamArn = described.Table?.LatestStreamArn ?? (await addStream(client, tableName));
  if (!streamArn) throw new Error('The table has no stream');
  return streamArn;
}

async function addStream(client: DynamoDBClient, TableName: string): Promise<string | undefined> {
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;
  const { TableDescription } = await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
  return TableDescription?.LatestStreamArn;
}

/** The path of the engine's program. Throws with advice if it is not installed. */
export function findBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide');
  } catch (cause) {
    const advice = [
      `The local DynamoDB engine, the npm package ${name}, is not installed.`,
      `Install it (npm install --no-save ${name}), or start another DynamoDB-compatible server and set its address:`,
      '  docker run -d -p 8000:8000 amazon/dynamodb-local',
      '  AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 npm start',
    ];
    throw new Error(advice.join('\n'), { cause });
  }
}

async function run(
  binary: string,
  { host, port }: Address,
  storage: readonly string[],
  onFailure: Options['onFailure'],
): Promise<DynamoDb> {
  const options = ['--host', host, '--port', String(port), ...storage];
  const { child, ended, processGroup, close } = spawnChild(binary, options, { output: 'ignore', errors: 'pipe' });
  let log = '';
  child.on('error', (error) => {
    log += error.message;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000);
  });

  const url = `http://${host}:${port}`;
  const ready = await Promise.race([isReady(url, () => /listening/i.test(log)), ended.then(() => false)]);
  if (ready) {
    let isClosing = false;
    log = '';
    ended.then(() => {
      if (isClosing) return;
      const sentence = 'The local DynamoDB engine has ended unexpectedly. All answered writes are stored. Start again.';
      onFailure?.(new Error([sentence, log.trim()].filter(Boolean).join('\n')));
    });
    return {
      url,
      close() {
        isClosing = true;
        return close();
      },
      ...(processGroup !== undefined && { processGroup }),
    };
  }
  await close();
  throw new Error(`The local DynamoDB engine did not start:\n${log.trim() || 'no output'}`);
}

/** Sends requests only after the engine has logged that it listens: before that, another program may answer on the port. */
async function isReady(url: string, listens: () => boolean): Promise<boolean> {
  const until = Date.now() + startLimitMs;
  while (Date.now() < until) {
    if (
      listens() &&
      (await fetch(url).then(
        ({ status }) => status === 200,
        () => false,
      ))
    )
      return true;
    await wait(5);
  }
  return false;
}

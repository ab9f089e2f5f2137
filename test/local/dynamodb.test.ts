import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTable, startDynamoDb } from '../../lib/local/dynamodb.ts';

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
const client = (endpoint: string) => new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
const key = { PK: { S: 'PROJECT#1' }, SK: { S: 'PERSONA#1' } };
const isOurs = process.env.AWS_ENDPOINT_URL_DYNAMODB === undefined;

afterEach(() => vi.unstubAllEnvs());

describe('the DynamoDB on this machine', () => {
  it('has a table with PK and SK, however often it is created', async () => {
    const { url, close } = await startDynamoDb();
    const dynamodb = client(url);
    const tableName = `personas-${Date.now()}`;
    await Promise.all([createTable(dynamodb, tableName), createTable(dynamodb, tableName)]);

    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      KeySchema: [
        { AttributeName: 'PK', KeyType: 'HASH' },
        { AttributeName: 'SK', KeyType: 'RANGE' },
      ],
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    });

    const put = { TableName: tableName, Item: key, ConditionExpression: 'attribute_not_exists(PK)' };
    const write = () => dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: put }] }));
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, write));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await close();
  });

  it.runIf(isOurs)('numbers a change without reading all earlier ones', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dynamodb-'));
    const file = join(directory, 'table.db');
    const { close } = await startDynamoDb({ file });
    const database = new DatabaseSync(file);
    const numbering = 'SELECT MAX(CAST(sequence_number AS INTEGER)) + 1 FROM _stream_records WHERE table_name = ?';
    const [plan] = database.prepare(`EXPLAIN QUERY PLAN ${numbering}`).all();
    expect(plan?.detail).toContain('USING COVERING INDEX');
    database.close();
    await close();
    await rm(directory, { recursive: true });
  });

  it.runIf(isOurs)('stores its items in a file, for its owner only', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dynamodb-'));
    const file = join(directory, 'made', 'table.db');
    const first = await startDynamoDb({ file });
    await createTable(client(first.url), 'personas');
    await client(first.url).send(new PutItemCommand({ TableName: 'personas', Item: { ...key, name: { S: 'Alice' } } }));
    if (process.platform !== 'win32') {
      for (const name of await readdir(dirname(file))) {
        expect((await stat(join(dirname(file), name))).mode & 0o777, name).toBe(0o600);
      }
    }
    await first.close();

    const second = await startDynamoDb({ file });
    await createTable(client(second.url), 'personas');
    const { Item } = await client(second.url).send(new GetItemCommand({ TableName: 'personas', Key: key }));
    await second.close();
    expect(Item).toHaveProperty('name.S', 'Alice');
    await rm(directory, { recursive: true });
  });

  it.runIf(isOurs && process.platform === 'linux')('listens at an address that web pages cannot find', async () => {
    const { url, close } = await startDynamoDb();
    expect(new URL(url).hostname).toMatch(/^127\./);
    await expect(fetch(`http://127.0.0.1:${new URL(url).port}`)).rejects.toThrow();
    await close();
  });

  it.runIf(isOurs)('starts many engines at once and ends each', async () => {
    const engines = await Promise.all(Array.from({ length: 5 }, () => startDynamoDb()));
    expect(new Set(engines.map(({ url }) => url)).size).toBe(5);
    await Promise.all(engines.map(({ close }) => close()));
    for (const { url, close } of engines) {
      await expect(fetch(url)).rejects.toThrow();
      await close();
    }
  });

  it.runIf(isOurs)('reports why it did not start', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dynamodb-'));
    const file = join(directory, 'table.db');
    await writeFile(file, 'no database at all'.repeat(100));
    await expect(startDynamoDb({ file })).rejects.toThrow(/did not start:\n.*not a valid SQLite database/s);
    await rm(directory, { recursive: true });
  });

  it('is the one in the environment, if set', async () => {
    const other = await startDynamoDb();
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', other.url);
    const { url, close } = await startDynamoDb();
    await close();
    expect(url).toBe(other.url);
    expect((await fetch(url)).status).toBe(200);
    await other.close();
  });

  it('says what to do if the engine is not installed', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', undefined);
    const { arch } = process;
    Object.defineProperty(process, 'arch', { value: 'abacus' });
    try {
      const advice = new RegExp(`npm install .*@dynoxide/${process.platform}-abacus[^]*AWS_ENDPOINT_URL_DYNAMODB=http`);
      await expect(startDynamoDb()).rejects.toThrow(advice);
    } finally {
      Object.defineProperty(process, 'arch', { value: arch });
    }
  });
});

describe.runIf(isOurs && process.platform === 'linux')('the processes of the engine', () => {
  const module = fileURLToPath(new URL('../../lib/local/dynamodb.ts', import.meta.url));
  const program = `
    const { url, processGroup } = await (await import(${JSON.stringify(module)})).startDynamoDb();
    console.log(JSON.stringify({ url, processGroup }));
    setInterval(() => {}, 1000);`;

  const startElsewhere = async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout.setEncoding('utf8'), 'data');
    return { parent, ...(JSON.parse(line) as { url: string; processGroup: number }) };
  };

  /** The running processes of a group, without zombies. */
  const members = async (group: number) => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
    return stats
      .map((stat) => /^(\d+) \((.*)\) (\S) \d+ (\d+)/s.exec(stat))
      .filter((match) => match !== null && match[3] !== 'Z' && Number(match[4]) === group)
      .map((match) => ({ pid: Number(match?.[1]), name: match?.[2] }));
  };

  const kill = async (parent: ChildProcess) => {
    const exit = once(parent, 'exit');
    parent.kill('SIGKILL');
    await exit;
  };

  it('all end when the process that started them is killed', async () => {
    const { parent, url, processGroup } = await startElsewhere();
    expect((await members(processGroup)).map(({ name }) => name).sort()).toEqual(['dynoxide', 'sh', 'sh']);
    await kill(parent);
    await expect.poll(() => members(processGroup)).toEqual([]);
    await expect(fetch(url)).rejects.toThrow();
  });

  it.each(['dynoxide', 'sh'])('all end when %s is killed and then the process that started them', async (name) => {
    const { parent, processGroup } = await startElsewhere();
    const victim = (await members(processGroup)).find((member) => member.name === name);
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    if (name === 'dynoxide') await expect.poll(() => members(processGroup)).toEqual([]);
    await kill(parent);
    await expect.poll(() => members(processGroup)).toEqual([]);
  });

  it('all end when it is closed', async () => {
    const { processGroup = 0, close } = await startDynamoDb();
    expect(await members(processGroup)).toHaveLength(3);
    await close();
    await expect.poll(() => members(processGroup)).toEqual([]);
  });
});

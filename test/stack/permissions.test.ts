import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import {
  type Actions,
  authorizer,
  type FunctionRow,
  functions,
  type Worker,
  workers,
} from '../../lib/contract/functions.ts';
import { simulate } from './simulate.ts';
import { makeStack } from './synthesise.ts';

/** A worker that uses every store, and lists and deletes objects with their versions. */
const addedWorker: Worker = {
  ...authorizer,
  source: { everyHours: 1 },
  name: 'added-worker',
  actions: {
    table: ['BatchWriteItem', 'Scan'],
    bucket: ['DeleteObject', 'DeleteObjectVersion', 'GetObject', 'ListBucket', 'ListBucketVersions', 'PutObject'],
    kmsKey: ['Decrypt', 'Encrypt'],
    adminKey: ['DescribeSecret'],
  },
};
const rows: readonly FunctionRow[] = [...functions, addedWorker];

const stack = makeStack({}, {}, { workers: [...workers, addedWorker] });
const account = simulate(Template.fromStack(stack));
const callerOf = ({ name }: FunctionRow) => account.functionCaller(`${stack.stackName}-${name}`);

const services = { table: 'dynamodb', bucket: 's3', kmsKey: 'kms', adminKey: 'secretsmanager' } as const;

/** What the role of a worker needs to be told of the table's changes, and to tell what it failed to do. */
const streamRights = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
  'sqs:SendMessage',
];

const isTold = (row: FunctionRow) => workers.some((worker) => worker === row && 'changesOf' in worker.source);

/** The rights of a row on the stores, and on the function's own log. */
function rightsOf(actions: Actions): string[] {
  const onStores = Object.entries(services).flatMap(([store, service]) =>
    (actions[store as keyof Actions] ?? []).map((action) => `${service}:${action}`),
  );
  return [...onStores, 'logs:CreateLogStream', 'logs:PutLogEvents'].toSorted();
}

describe.each(rows)('$name', (row) => {
  const caller = callerOf(row);

  it('may do what its row says and write its own log, of all that AWS can do to the stores and to logs', async () => {
    expect(await account.allowed(caller)).toEqual(rightsOf(row.actions));
  });

  it('is granted nothing of any other service', () => {
    const statements = caller.policies.flatMap(({ policy }) => policy.Statement);
    const fed = isTold(row) ? streamRights : [];
    expect(statements.flatMap(({ Action }) => Action).toSorted()).toEqual(
      [...rightsOf(row.actions), ...fed].toSorted(),
    );
  });

  it('may do nothing to the stores and the logs of others', async () => {
    expect(await account.allowed(caller, account.elsewhere)).toEqual([]);
  });

  it('reaches no object outside the projects', async () => {
    const { bucket } = account.stores;
    const outside = { bucket, object: `${bucket}/other/1.png` };
    const rights = await account.allowed(caller, outside, { 's3:prefix': 'other/' });
    expect(rights.filter((right) => right.startsWith('s3:'))).toEqual([]);
  });

  it.each([
    ['no project', undefined],
    ['more than a project', ['projectId', 'other']],
  ])('does not use the key for %s', async (_case, keys) => {
    const { key } = account.stores;
    const rights = await account.allowed(caller, { key }, { 'kms:EncryptionContextKeys': keys });
    expect(rights.filter((right) => right.startsWith('kms:'))).toEqual([]);
  });
});

/** By which bytes or plaintext leave or come in; each right to read or to write with those that come to the same. */
const refusedRights = [
  [
    's3:GetObject',
    's3:GetObjectTorrent',
    's3:GetObjectVersion',
    's3:GetObjectVersionForReplication',
    's3:GetObjectVersionTorrent',
  ],
  ['s3:PutObject', 's3:ReplicateObject'],
  ['kms:Decrypt', 'kms:ReEncryptFrom'],
  ['kms:Encrypt', 'kms:ReEncryptTo'],
];

describe('where its own policies allow everything', () => {
  it.each(rows)(
    '$name is refused every right by which bytes or plaintext leave or come in, but those of its row',
    async (row) => {
      const rights = rightsOf(row.actions);
      const expected = refusedRights.filter((group) => !group.some((right) => rights.includes(right)));
      expect(await account.refused(account.unbounded(callerOf(row)))).toEqual(expected.flat().toSorted());
    },
  );

  it.each(['root', 'user/operator', 'role/administrator'])(
    '%s of the account is refused them all, and nothing else',
    async (name) => {
      const caller = account.unbounded(account.outsider(name));
      expect(await account.refused(caller)).toEqual(refusedRights.flat().toSorted());
      // Who administers the account can still change the policies, and delete.
      expect(await account.allowed(caller)).toEqual(
        expect.arrayContaining(['kms:PutKeyPolicy', 's3:DeleteObject', 's3:PutBucketPolicy']),
      );
    },
  );

  it('a caller without an ARN is refused them all', async () => {
    const { principal: _, ...nobody } = account.unbounded(account.outsider('root'));
    expect(await account.refused(nobody)).toEqual(refusedRights.flat().toSorted());
  });
});

it('refuses whoever comes without TLS, functions too', async () => {
  const refused = await account.refused(callerOf(addedWorker), account.stores, { 'aws:SecureTransport': 'false' });
  expect(refused).toEqual(expect.arrayContaining(addedWorker.actions.bucket?.map((action) => `s3:${action}`) ?? []));
});

/**
 * The table. A project is one partition, which one Query can read. Ids are UUIDv7, so items sort by creation time.
 *
 * | item       | PK           | SK                             | holds                                                          |
 * |------------|--------------|--------------------------------|----------------------------------------------------------------|
 * | project    | PROJECT#<id> | PROJECT                        | name, llm (provider, models, encrypted key), maxConcurrency, version |
 * | directory  | PROJECTS     | PROJECT#<projectId>            | name                                                           |
 * | tombstone  | PROJECTS     | GONE#<projectId>               | round: a deleted project whose data is being removed           |
 * | reconcile  | PROJECTS     | RECONCILE                      | projectId: the last one that an interrupted daily check read    |
 * | persona    | PROJECT#<id> | PERSONA#<personaId>            | persona (its wire JSON), version (random, see domain/version.ts) |
 * | name       | PROJECT#<id> | NAME#<name>                    | personaId: the persona that has the name                        |
 * | image      | PROJECT#<id> | IMAGE#<imageId>                | role, personaId (if drawn), deletedAt (while it is being deleted) |
 * | role       | PROJECT#<id> | ROLE#<role>#<imageId>          | nothing: an image of a role                                     |
 * | portrait   | PROJECT#<id> | PORTRAIT#<personaId>#<imageId> | nothing: an image drawn for a persona                           |
 * | referrer   | PROJECT#<id> | REFERRER#<imageId>#<personaId> | nothing: a persona whose imageUrl is this image                 |
 * | drawing    | PROJECT#<id> | DRAWING#<personaId>            | token, expiresAt: the lease of a drawing                        |
 * | key        | KEY#<keyId>  | KEY                            | projectId, access, hash, expiresAt                             |
 * | listed key | PROJECT#<id> | KEY#<keyId>                    | listed (its wire JSON), expiresAt                              |
 * | quota      | PROJECT#<id> | QUOTA#<yyyy-mm-dd>             | drawn, expiresAt: the number of portraits of that day           |
 * | idempotency | PROJECT#<id> or PROJECTS | IDEMPOTENCY#<hash of the key> | fingerprint, expiresAt; id, failure or, of a batch, ids, runsUntil, settled |
 *
 * | access pattern          | calls, all reads strongly consistent                                        | capacity at 1 kB |
 * |-------------------------|-----------------------------------------------------------------------------|------------------|
 * | get a persona           | 1 BatchGetItem: persona and project                                         | 2 R              |
 * | list personas           | Query of PERSONA#, page by page; 1 GetItem of the project                   | 1 R per 4 kB + 1 |
 * | a page of any list      | the same calls, with a limit of one item more than requested                | the items', + 1  |
 * | find personas           | the same calls, until a page is full of matches                             | the same         |
 * | create a persona        | 1 GetItem of the project; 1 transaction: persona, name                      | 1 R, 4 W         |
 * | create many             | the same, with a transaction for each; for a taken name: 1 GetItem or Query | 1 R, 4 W for each |
 * | duplicate a persona     | 1 BatchGetItem, 1 Query of taken names; 1 transaction: persona, name, referrer | 3 R, 4 W (6 W with an image, and 1 R) |
 * | update a persona        | 1 BatchGetItem: persona and project; 1 conditional UpdateItem               | 2 R, 1 W         |
 * | rename a persona        | the same with 1 transaction: persona, new name, old name                    | 2 R, 6 W         |
 * | change its image        | 1 BatchGetItem: also the image; 1 transaction: persona, new and old referrer; 1 GetItem of the image | 4 R, 6 W (4 W for its first) |
 * | delete a persona        | 1 BatchGetItem: persona and project; 1 transaction: persona, name, referrer | 2 R, 4 W (6 W with an image) |
 * | images of a role        | Query of ROLE#<role>#; 1 GetItem of the project                             | 1 R per 4 kB + 1 |
 * | images of a persona     | Query of PORTRAIT#<personaId>#                                              | 1 R per 4 kB     |
 * | upload an image         | 1 GetItem of the project; 1 transaction: image, role                        | 1 R, 4 W         |
 * | get an image            | 1 BatchGetItem: image and project, beside 1 S3 GetObject                    | 2 R              |
 * | delete an image         | 1 BatchGetItem: image and project; 1 transaction: image, role, portrait; Query of REFERRER#<imageId># | 3 R, 4 W (6 W if drawn), and 1 R, 4 W for each referrer |
 * | draw a portrait         | 1 BatchGetItem, style images, lease and quota, persona, 1 transaction of 5  | 6 R, 14 W (16 W with another before) |
 * | delete a project        | 1 transaction: project, directory, tombstone                                | 6 W              |
 * | list projects           | Query of PROJECTS                                                           | 1 R per 4 kB     |
 * | create a key            | 1 GetItem of the project; 1 transaction: key, listed key                    | 1 R, 4 W         |
 * | check a key             | 2 GetItem: key and project, at most once a minute                           | 2 R              |
 * | keys of a project       | Query of KEY#; 1 GetItem of the project                                     | 1 R per 4 kB + 1 |
 * | revoke a key            | 1 GetItem of the project, 1 transaction: listed key, key                    | 1 R, 4 W         |
 *
 * DynamoDB rejects a transaction while another one holds any of its items, even items with a condition check only. So no transaction touches an
 * item that many callers share: the project is read before a write, and what is written into a project that is being deleted is invisible.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
import { setting } from '../domain/settings.ts';

export interface Key {
  readonly PK: string;
  readonly SK: string;
}

/** Items of a partition whose sort keys are a prefix and an id: a Query returns them in the order of the ids. */
export interface List {
  readonly PK: string;
  readonly prefix: string;
}

export const tableName = (): string => setting('TABLE_NAME');

const partition = (projectId: string) => `PROJECT#${projectId}`;
/** The id of the project of a partition; undefined for other partitions. */
export const projectIn = (PK: string): string | undefined => /^PROJECT#(.+)$/.exec(PK)?.[1];

const listIn = (projectId: string, prefix: string): List => ({ PK: partition(projectId), prefix });
const inProject = (projectId: string, SK: string): Key => ({ PK: partition(projectId), SK });

export const lists = {
  /** With an id: only that project. */
  projects: (projectId = ''): List => ({ PK: 'PROJECTS', prefix: `PROJECT#${projectId}` }),
  tombstones: (): List => ({ PK: 'PROJECTS', prefix: 'GONE#' }),
  everythingOf: (projectId: string) => listIn(projectId, ''),
  personas: (projectId: string) => listIn(projectId, 'PERSONA#'),
  /** The names with this prefix. */
  names: (projectId: string, start: string) => listIn(projectId, `NAME#${start}`),
  role: (projectId: string, role: string) => listIn(projectId, `ROLE#${role}#`),
  portraits: (projectId: string, personaId: string) => listIn(projectId, `PORTRAIT#${personaId}#`),
  referrers: (projectId: string, imageId: string) => listIn(projectId, `REFERRER#${imageId}#`),
  keys: (projectId: string) => listIn(projectId, 'KEY#'),
};

const entry = ({ PK, prefix }: List, id: string): Key => ({ PK, SK: prefix + id });

export const keys = {
  project: (projectId: string) => inProject(projectId, 'PROJECT'),
  directoryEntry: (projectId: string) => entry(lists.projects(), projectId),
  tombstone: (projectId: string) => entry(lists.tombstones(), projectId),
  reconcileCheckpoint: (): Key => ({ PK: 'PROJECTS', SK: 'RECONCILE' }),
  persona: (projectId: string, personaId: string) => entry(lists.personas(projectId), personaId),
  name: (projectId: string, name: string) => inProject(projectId, `NAME#${name}`),
  image: (projectId: string, imageId: string) => inProject(projectId, `IMAGE#${imageId}`),
  role: (projectId: string, role: string, imageId: string) => entry(lists.role(projectId, role), imageId),
  portrait: (projectId: string, personaId: string, imageId: string) =>
    entry(lists.portraits(projectId, personaId), imageId),
  referrer: (projectId: string, imageId: string, personaId: string) =>
    entry(lists.referrers(projectId, imageId), personaId),
  keyRecord: (keyId: string): Key => ({ PK: `KEY#${keyId}`, SK: 'KEY' }),
  listedKey: (projectId: string, keyId: string) => entry(lists.keys(projectId), keyId),
  quota: (projectId: string, day: string) => inProject(projectId, `QUOTA#${day}`),
  drawing: (projectId: string, personaId: string) => inProject(projectId, `DRAWING#${personaId}`),
  /** Without a project: in the directory. */
  idempotency: (projectId: string | undefined, hash: string): Key => ({
    PK: projectId === undefined ? lists.projects().PK : partition(projectId),
    SK: `IDEMPOTENCY#${hash}`,
  }),
};

/** The name in a sort key. */
export const nameIn = (SK: string): string => SK.slice('NAME#'.length);

import { createHash } from 'node:crypto';
import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { deadline } from '../domain/deadline.ts';
import type { Page, Paging } from '../domain/paging.ts';
import { invalidCursor } from '../domain/refusal.ts';
import { dynamo } from './dynamo.ts';
import { type List, tableName } from './table.ts';

type Listed<Attribute extends string> = Readonly<Record<Attribute, string>>;

/**
 * The items of a list, in DynamoDB's pages, with these string attributes only. `maxPerPage` ends a page before it has 1 MB. Refuses a cursor of
 * another list. Strongly consistent.
 */
export async function* queryPages<Attribute extends string>(
  list: List,
  attributes: readonly Attribute[],
  { limit, cursor }: Paging,
  maxPerPage?: number,
): AsyncGenerator<Listed<Attribute>[], void, undefined> {
  let left = limit;
  let from: QueryCommandOutput['LastEvaluatedKey'] =
    cursor === undefined ? undefined : { PK: { S: list.PK }, SK: { S: list.prefix + idOf(list, cursor) } };
  do {
    const page: QueryCommandOutput = await dynamo.send(
      new QueryCommand({
        TableName: tableName(),
        ...within(list),
        ProjectionExpression: attributes.map((_, index) => `#${index}`).join(', '),
        ExpressionAttributeNames: Object.fromEntries(attributes.map((name, index) => [`#${index}`, name])),
        ConsistentRead: true,
        Limit: left ?? maxPerPage,
        ExclusiveStartKey: from,
      }),
    );
    const items = page.Items ?? [];
    yield items.map(
      (item) => Object.fromEntries(attributes.map((name) => [name, item[name]?.S ?? ''])) as Listed<Attribute>,
    );
    from = page.LastEvaluatedKey;
    if (left !== undefined) left -= items.length;
  } while (from && left !== 0);
}

/** The key condition of a list. DynamoDB does not accept an empty prefix. */
const within = ({ PK, prefix }: List) =>
  prefix === ''
    ? { KeyConditionExpression: 'PK = :partition', ExpressionAttributeValues: { ':partition': { S: PK } } }
    : {
        KeyConditionExpression: 'PK = :partition AND begins_with(SK, :prefix)',
        ExpressionAttributeValues: { ':partition': { S: PK }, ':prefix': { S: prefix } },
      };

/** The ids of a list, in pages. */
export async function* idPages(list: List): AsyncGenerator<string[], void, undefined> {
  for await (const page of queryPages(list, ['SK'], {})) yield page.map(({ SK }) => SK.slice(list.prefix.length));
}

/** DynamoDB pages, of 1 MB each, that one page of a list may have, since it is held in memory. */
const maxPages = 32;

/** Reads one page of a list. `entryOf` turns an item's id and attributes into an entry. Refuses a cursor of another list. */
export async function readPage<Attribute extends string, Entry, Query extends Paging>(
  list: List,
  attributes: readonly Attribute[],
  query: Query,
  entryOf: (id: string, item: Listed<Attribute>) => Entry,
): Promise<Page<Entry, Query>> {
  const found: Listed<Attribute | 'SK'>[] = [];
  let { limit = Number.POSITIVE_INFINITY } = query;
  let pages = 0;
  // One more than requested, to know whether there is a next page.
  const wanted = { ...query, limit: query.limit && query.limit + 1 };
  for await (const page of queryPages(list, ['SK', ...attributes], wanted)) {
    found.push(...page);
    if (query.limit && ++pages === maxPages) {
      limit = Math.min(limit, found.length - 1);
      break;
    }
  }
  const idFrom = ({ SK }: Listed<'SK'>) => SK.slice(list.prefix.length);
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return {
    entries: items.map((item) => entryOf(idFrom(item), item)),
    next: last && { ...query, cursor: cursorAt(list, idFrom(last)) },
  };
}

/** Makes the first items arrive early. DynamoDB rounds each page up to 4 kB: 10 000 personas of 600 bytes take 1 761 units instead of 1 745. */
export const maxPerPage = 500;

/** Characters that one page of matches may have, since it is held in memory. */
const maxHeld = 32_000_000;

/**
 * Reads one page of the items whose attribute matches. Reads on until the page is full, the list ends, or the deadline has passed. Refuses a
 * cursor of another list.
 */
export async function searchPage<Attribute extends string, Query extends Paging>(
  list: List,
  attribute: Attribute,
  query: Query,
  matches: (value: string) => boolean,
  entryOf: (value: string) => string,
): Promise<Page<string, Query>> {
  const { cursor, limit = Number.POSITIVE_INFINITY } = query;
  const end = deadline();
  const entries: string[] = [];
  let held = 0;
  let lastRead = '';
  const result = (next: boolean) => ({
    entries,
    next: next ? { ...query, cursor: cursorAt(list, lastRead) } : undefined,
  });
  for await (const page of queryPages(list, ['SK', attribute], { cursor }, maxPerPage)) {
    for (const item of page) {
      const value = item[attribute];
      if (matches(value)) {
        // One more than requested, to know whether there is a next page.
        if (entries.length === limit || held > maxHeld) return result(true);
        const entry = entryOf(value);
        entries.push(entry);
        held += entry.length;
      }
      lastRead = item.SK.slice(list.prefix.length);
    }
    if (performance.now() > end && lastRead) return result(true);
  }
  return result(false);
}

const checksumLength = 9;

/**
 * A position in a list: after this id, whether or not it still exists. The checksum binds it to the list, so that another list's cursor is
 * refused. It needs no secret, since it is only used in the list of the caller's path.
 */
function cursorAt({ PK, prefix }: List, id: string): string {
  const checksum = createHash('sha256').update(`${PK} ${prefix}${id}`).digest().subarray(0, checksumLength);
  return Buffer.concat([checksum, Buffer.from(id)]).toString('base64url');
}

const anyId = /^[0-9a-f-]{36}(\.[a-z]{3,4})?$/;

/** The id in a cursor of this list. Refuses any other text. */
function idOf(list: List, cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8', checksumLength);
  if (!anyId.test(id) || cursorAt(list, id) !== cursor) throw invalidCursor();
  return id;
}

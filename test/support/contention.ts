import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from './api.ts';
import { type Interceptor, refuse } from './recorder.ts';

/** How long a transaction holds its items, in milliseconds. */
const held = 12;
/** The network latency in milliseconds, in which another one may come first. */
const onTheWay = 3;

/**
 * An interceptor that rejects a write while one of its items is in a transaction, as DynamoDB does. The local engine does not, since it runs one
 * transaction after another.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
export function conflicting(): Interceptor {
  const inTransaction = new Set<string>();
  return async ({ operation, input }, response, forward) => {
    if (operation === 'TransactWriteItems') {
      const items = input.TransactItems.map(keyOf);
      const met = new Set(items.filter((item: string) => inTransaction.has(item)));
      await sleep(onTheWay);
      for (const item of items) if (inTransaction.has(item)) met.add(item);
      if (met.size > 0)
        return cancel(
          response,
          items.map((item: string) => met.has(item)),
        );
      for (const item of items) inTransaction.add(item);
      try {
        await sleep(held);
        const { status, headers, body } = await forward();
        response.writeHead(status, headers).end(body);
      } finally {
        for (const item of items) inTransaction.delete(item);
      }
    }
    if (['PutItem', 'UpdateItem', 'DeleteItem'].includes(operation)) {
      await sleep(onTheWay);
      if (inTransaction.has(keyOf({ [operation]: input }))) refuse(response, 400, 'TransactionConflictException');
    }
  };
}

/** The key of a write's item, as text. */
function keyOf(write: Readonly<Record<string, Json>>): string {
  const [{ Key, Item = Key }] = Object.values(write);
  return `${Item.PK.S} ${Item.SK.S}`;
}

const cancel = (response: ServerResponse, conflicts: readonly boolean[]): void =>
  refuse(response, 400, 'TransactionCanceledException', {
    CancellationReasons: conflicts.map((conflict) =>
      conflict ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' } : { Code: 'None' },
    ),
  });

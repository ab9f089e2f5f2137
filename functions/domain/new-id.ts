import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/**
 * A UUIDv7: ids sort by their time of creation, to the millisecond (RFC 9562, section 5.7). The random bytes come from `node:crypto`, since uuid would
 * use the global `crypto`, whose loading takes 1 % of a cold start.
 */
export const newId = (): string => uuidv7({ random: randomBytes(16) });

/** New ids, sorted. */
export const newIds = (count: number): string[] => Array.from({ length: count }, newId).sort();

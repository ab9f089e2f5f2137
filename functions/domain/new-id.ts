import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/**
 * A UUIDv7: ids sort by their creation, to the millisecond (RFC 9562, section 5.7). The random bytes are given, since uuid takes them from the
 * global `crypto`, which takes 1 % of a cold start to load.
 */
export const newId = (): string => uuidv7({ random: randomBytes(16) });

/** New ids, in their order. */
export const newIds = (count: number): string[] => Array.from({ length: count }, newId).sort();

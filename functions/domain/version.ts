/**
 * The versions of a persona. Each change draws a new one at random: none comes twice, none fits another persona, and a write that
 * is sent again, because its answer was lost, knows its own.
 */
import { randomInt } from 'node:crypto';

/** At most 48 bits, which DynamoDB and JavaScript hold exactly. */
export const newVersion = (): number => randomInt(2 ** 48 - 1);

/** A version as callers see it, in an entity tag. */
export const tagOf = (version: number): string => version.toString(36);

/** Whether a caller lets what it calls by this tag be changed. */
export type Precondition = (tag: string) => boolean;

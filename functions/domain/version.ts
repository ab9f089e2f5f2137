/**
 * The versions of a persona. Each change sets a new random version: no version is used twice or for two personas, so a write that is
 * repeated, because its answer was lost, recognises its own.
 */
import { randomInt } from 'node:crypto';

/** At most 48 bits, which DynamoDB and JavaScript represent exactly. */
export const newVersion = (): number => randomInt(2 ** 48 - 1);

/** A version as an entity tag, without quotes. */
export const tagOf = (version: number): string => version.toString(36);

/** Whether the caller's `If-Match` and `If-None-Match` allow a change of the version with this tag. */
export type Precondition = (tag: string) => boolean;

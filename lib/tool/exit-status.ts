/** What scripts read of how it went. 128 and a signal's number where one ended it. */
export const exitStatus = {
  done: 0,
  /** Nothing was done, or not all: the message says what. */
  failed: 1,
  /** Options or a file are wrong; nothing was done. */
  usage: 2,
  /** Done, but for entries that were left out or refused, each of them told. */
  partly: 3,
  /** `diff` found differences. */
  differs: 4,
} as const;

/** What the caller has to put right before anything is done. */
export class UsageError extends Error {}

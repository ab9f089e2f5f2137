/** The exit statuses. After a signal, it is 128 plus its number. */
export const exitStatus = {
  done: 0,
  /** Failed; the message has the reason and what was done before. */
  failed: 1,
  /** Wrong options or a wrong file; nothing was done. */
  usage: 2,
  /** Done, except for entries that were left out or refused, each of which is reported. */
  partly: 3,
  /** `diff` found differences. */
  differs: 4,
} as const;

/** An error of the user, reported before anything is done. */
export class UsageError extends Error {}

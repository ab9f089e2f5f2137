import { AsyncLocalStorage } from 'node:async_hooks';

const deadlines = new AsyncLocalStorage<number>();

/** Runs the work with a deadline after this many milliseconds. */
export const withDeadline = <Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> =>
  deadlines.run(performance.now() + milliseconds, work);

/** The deadline of the current work, on the clock of `performance.now()`. Without one: 15 seconds from now. */
export const deadline = (): number => deadlines.getStore() ?? performance.now() + 15_000;

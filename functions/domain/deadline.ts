import { AsyncLocalStorage } from 'node:async_hooks';

const deadlines = new AsyncLocalStorage<number>();

/** Does the work, which has so many milliseconds. */
export const withDeadline = <Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> =>
  deadlines.run(performance.now() + milliseconds, work);

/** When the work under way has to end, on the clock of `performance.now()`. Where nobody said: 15 seconds from now. */
export const deadline = (): number => deadlines.getStore() ?? performance.now() + 15_000;

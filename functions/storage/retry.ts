import { setTimeout as sleep } from 'node:timers/promises';
import { deadline } from '../domain/deadline.ts';

/** Milliseconds. */
const shortestSpan = 10;
const longestSpan = 2_000;

/**
 * Repeats an attempt on some errors until the deadline of the function, then throws the last one: exponential backoff with full jitter, from the
 * time that an attempt takes, so that those who want the same come apart however slow a store is.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function retry<Result>(
  attempt: () => Promise<Result>,
  isRetryable: (error: unknown) => boolean,
): Promise<Result> {
  const end = deadline();
  for (let tried = 1; ; tried++) {
    const start = performance.now();
    try {
      return await attempt();
    } catch (error) {
      const now = performance.now();
      const pause = Math.random() * Math.min(longestSpan, Math.max(shortestSpan, now - start) * 2 ** tried);
      if (!isRetryable(error) || now + pause > end) throw error;
      await sleep(pause);
    }
  }
}

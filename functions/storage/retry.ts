import { setTimeout as sleep } from 'node:timers/promises';
import { deadline } from '../domain/deadline.ts';

const minBackoffMs = 10;
const maxBackoffMs = 2_000;

/**
 * Retries an attempt on some errors until the deadline, then throws the last error. Exponential backoff with full jitter, which starts from the
 * duration of an attempt, so that competing callers spread out however slow the store is.
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
      const pause = Math.random() * Math.min(maxBackoffMs, Math.max(minBackoffMs, now - start) * 2 ** tried);
      if (!isRetryable(error) || now + pause > end) throw error;
      await sleep(pause);
    }
  }
}

/**
 * Timeouts and retries of every AWS client: at most 3 attempts, each of 3 seconds until its answer begins, of which 1 to connect.
 * Between attempts the SDK pauses for a moment, or for at most 1 and 2 seconds where the service was too busy: 12 seconds in
 * all, less than the time of any function (lib/contract/functions.ts). What calls take in turn is ended by the pipeline (http/lambda.ts).
 */
export const clientDefaults = {
  maxAttempts: 3,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

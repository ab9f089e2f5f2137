/** How every AWS client waits and tries again: at most 3 attempts, each of 1 second to connect and 3 to be answered. */
export const patience = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

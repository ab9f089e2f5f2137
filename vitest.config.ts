import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Tests wait for engines and processes more than they compute: on two cores three files at a time take half of the time of one.
    maxWorkers: 3,
    silent: 'passed-only',
    reporters: ['default', './test/support/secrecy-reporter.ts'],
  },
});

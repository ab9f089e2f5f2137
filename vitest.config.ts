import { configDefaults, defineConfig } from 'vitest/config';

const browserTests = 'test/**/*.browser.test.ts';

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'open', include: ['test/**/*.test.ts'], exclude: [...configDefaults.exclude, browserTests] },
      },
      {
        // The tests of the wire contract again, with keys required as in a deployment.
        extends: true,
        test: {
          name: 'with keys',
          include: ['test/api/{generate-image,http,images,personas,projects,status}.test.ts'],
          env: { TEST_AUTH: 'true' },
        },
      },
      {
        extends: true,
        test: {
          name: 'in a browser',
          include: [browserTests],
          globalSetup: ['test/support/browser-server.ts'],
        },
      },
      {
        // The tests of races again, with transactions that conflict as in DynamoDB.
        extends: true,
        test: { name: 'under contention', include: ['test/api/races.test.ts'], env: { TEST_CONTENTION: 'true' } },
      },
    ],
    // Only a hanging test takes so long, so no result depends on the load of the machine.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000, interval: 20 } },
    // Tests mostly wait for engines and processes: on two cores, three files at a time take half the time of one.
    maxWorkers: 3,
    silent: 'passed-only',
    reporters: ['default', './test/support/secrecy-reporter.ts'],
  },
});

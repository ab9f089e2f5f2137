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
        // The wire contract once more, as a deployment asks for keys.
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
        // Races once more, where transactions refuse each other as DynamoDB's do.
        extends: true,
        test: { name: 'under contention', include: ['test/api/races.test.ts'], env: { TEST_CONTENTION: 'true' } },
      },
    ],
    // Only what hangs takes so long: no result depends on how busy the machine is.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000, interval: 20 } },
    // Tests wait for engines and processes more than they compute: on two cores three files at a time take half of the time of one.
    maxWorkers: 3,
    silent: 'passed-only',
    reporters: ['default', './test/support/secrecy-reporter.ts'],
  },
});

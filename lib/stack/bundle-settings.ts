/**
 * Credential providers that Lambda does not need: its credentials are in the environment, where the SDK looks first unless AWS_PROFILE is set.
 * The SDK loads the others with `import()` only if it finds none there; without them, such a call fails and names the provider. Leaving them out makes
 * a cold start 14 % shorter (`npm run bench -- --only tricks`).
 */
export const providers = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/**
 * Loaded with `import()` for operations with event streams, which DynamoDB, KMS and Secrets Manager do not have. If it is bundled, esbuild wraps
 * each module that it shares with the rest in a function; without it, a cold start is 7 % shorter. The S3 client imports it statically and
 * needs it.
 */
export const eventStreams = '@smithy/core/event-streams';

/**
 * The esbuild settings of the functions. `sideEffects` in package.json lets esbuild leave out files of which nothing is used, so that the schemas of
 * one endpoint's requests do not slow down the cold starts of others. `s3`: whether the S3 client is bundled. `readable`: not minified, for a
 * debugger.
 */
export const bundleSettings = (s3: boolean, readable = false) => ({
  minify: !readable,
  mainFields: ['module', 'main'],
  target: 'node24',
  external: s3 ? providers : [...providers, eventStreams],
});

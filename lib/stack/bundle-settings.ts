/**
 * Providers of credentials: in Lambda those are in the environment, where the SDK looks first, and AWS_PROFILE, which would send it
 * elsewhere, is not set. It loads another provider by `import()`, and only where it has found none there: without them such a call fails
 * with the provider's name instead. Measured by `npm run bench -- --only tricks`: a cold start is 14 % shorter.
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
 * Loaded by `import()` for operations that stream events, of which DynamoDB, KMS and Secrets Manager have none. While it is inside,
 * esbuild wraps each module that it shares with the rest in a function of its own: a cold start is 7 % shorter without. S3's client
 * names it at once and has to have it.
 */
export const eventStreams = '@smithy/core/event-streams';

/**
 * How esbuild makes what Lambda loads of our files. It leaves out a file of which nothing is used, as `sideEffects` in package.json allows:
 * so the schemas of one endpoint's request take no time of another's cold start, where each lies in a file of its own.
 * `s3`: whether S3's client is in it. `readable`: as a debugger shows it.
 */
export const bundleSettings = (s3: boolean, readable = false) => ({
  minify: !readable,
  mainFields: ['module', 'main'],
  target: 'node24',
  external: s3 ? providers : [...providers, eventStreams],
});

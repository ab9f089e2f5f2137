/**
 * Parts of the SDK that never run in Lambda, where the credentials are in the environment: left out, they make bundles a third
 * smaller and cold starts shorter. The SDK would load one only where it finds no credentials there, and fail with its name.
 */
const neverLoaded = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** How esbuild makes what Lambda loads of our files. */
export const bundleSettings = {
  minify: true,
  mainFields: ['module', 'main'],
  target: 'node24',
  external: neverLoaded,
} as const;

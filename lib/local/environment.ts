/** What the functions find on this machine in place of a deployment: their settings, and where the stores answer. */
import { settingDefaults } from '../contract/settings.ts';
import type { Credentials } from './signature.ts';

export const region = 'us-east-1';
export const bucket = 'personas-portraits';

/** What a deployment sets for its functions. */
export const settings = {
  ...settingDefaults,
  STAGE: 'local',
  TABLE_NAME: 'personas',
  BUCKET_NAME: bucket,
  KMS_KEY_ID: 'alias/personas-api-local',
  ADMIN_KEY_SECRET: 'personas-api-local/admin-key',
};

/** What the SDK finds credentials by; whatever account the shell may know is left alone. */
export const identityVariables = ({ accessKeyId, secretAccessKey }: Credentials) => ({
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: '',
});

/** Where each store and stand-in listens, without a slash at the end. */
export interface Addresses {
  readonly dynamodb: string;
  readonly s3: string;
  readonly kms: string;
  readonly secretsmanager: string;
  readonly openai: string;
}

/** How the clients of AWS and OpenAI find the stores. With `liveOpenAi`, portraits are drawn by OpenAI itself. */
export function addressVariables(
  { dynamodb, s3, kms, secretsmanager, openai }: Addresses,
  { liveOpenAi = false }: { readonly liveOpenAi?: boolean | undefined } = {},
): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    AWS_ENDPOINT_URL_S3: s3,
    AWS_ENDPOINT_URL_KMS: kms,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsmanager,
    ...(!liveOpenAi && { OPENAI_BASE_URL: openai }),
  };
}

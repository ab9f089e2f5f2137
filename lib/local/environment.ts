/** The functions' environment on this machine: settings, and addresses of the stores. */
import { settingDefaults } from '../contract/settings.ts';
import type { Credentials } from './signature.ts';

export const region = 'us-east-1';
export const bucket = 'personas-portraits';

/** The variables that the stack sets in a deployment. */
export const settings = {
  ...settingDefaults,
  STAGE: 'local',
  TABLE_NAME: 'personas',
  BUCKET_NAME: bucket,
  KMS_KEY_ID: 'alias/personas-api-local',
  ADMIN_KEY_SECRET: 'personas-api-local/admin-key',
};

/** The SDK's region and credentials; they override the shell's account. */
export const identityVariables = ({ accessKeyId, secretAccessKey }: Credentials) => ({
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: '',
});

/** The addresses of the stores and stand-ins, without a trailing slash. */
export interface Addresses {
  readonly dynamodb: string;
  readonly s3: string;
  readonly kms: string;
  readonly secretsmanager: string;
  readonly openai: string;
}

/** The variables with which the clients of AWS and OpenAI find the stores. With `liveOpenAi`, OpenAI itself draws. */
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

import { AnyPrincipal, Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { FunctionRow } from '../contract/functions.ts';

/**
 * All actions that read or write an object's bytes, or that decrypt or encrypt. The functions use the first one of each list. A function that
 * uses it is not denied the others of the list, but no policy allows them.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
 */
const denied = {
  bucket: [
    ['GetObject', 'GetObjectTorrent', 'GetObjectVersion', 'GetObjectVersionForReplication', 'GetObjectVersionTorrent'],
    ['PutObject', 'ReplicateObject'],
  ],
  kmsKey: [
    ['Decrypt', 'ReEncryptFrom'],
    ['Encrypt', 'ReEncryptTo'],
  ],
} as const;

/**
 * Denies these actions to everyone but the functions whose rows have them, including administrators of the account, and callers without an ARN such
 * as AWS services. Whoever may change the two policies can still undo this.
 */
export function denyEveryoneElse(
  { bucket, kmsKey }: { readonly bucket: Bucket; readonly kmsKey: Key },
  roles: ReadonlyMap<FunctionRow, Role>,
): void {
  const deny = (store: keyof typeof denied, service: string, actions: readonly string[], resource: string) => {
    const users = [...roles].filter(([row]) => row.actions[store]?.some((action) => actions.includes(action)));
    return new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: actions.map((action) => `${service}:${action}`),
      resources: [resource],
      conditions: { ArnNotEquals: { 'aws:PrincipalArn': users.map(([, role]) => role.roleArn) } },
    });
  };
  for (const actions of denied.bucket)
    bucket.addToResourcePolicy(deny('bucket', 's3', actions, bucket.arnForObjects('*')));
  for (const actions of denied.kmsKey) kmsKey.addToResourcePolicy(deny('kmsKey', 'kms', actions, '*'));
}

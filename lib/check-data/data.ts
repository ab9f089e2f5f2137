import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { addressVariables, identityVariables, settings } from '../local/environment.ts';
import { setEnvironment } from '../local/stack.ts';
import { startStores } from '../local/stores.ts';

/** Points the functions' environment to a deployment's stores, with the credentials of the shell. Throws if there is no such stack. */
export async function useDeployment(stack: string): Promise<AsyncDisposable> {
  const client = new CloudFormationClient();
  const { Stacks = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .finally(() => client.destroy());
  const outputs = new Map(Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const output = (name: string) => {
    const value = outputs.get(name);
    if (!value) throw new Error(`The stack ${stack} has no output ${name}. Is it a stack of the Personas API?`);
    return value;
  };
  const undo = setEnvironment({
    TABLE_NAME: output('TableName'),
    BUCKET_NAME: output('BucketName'),
    KEEP_PORTRAITS: output('KeepPortraits'),
  });
  return { [Symbol.asyncDispose]: async () => undo() };
}

/** Starts the local stores of a data directory, and points the functions' environment to them. */
export async function useLocalData(directory: string): Promise<AsyncDisposable> {
  const stores = await startStores({ directory });
  const undo = setEnvironment({
    ...settings,
    ...identityVariables(stores.credentials),
    ...addressVariables(stores.addresses),
  });
  return {
    async [Symbol.asyncDispose]() {
      undo();
      await stores.close();
    },
  };
}

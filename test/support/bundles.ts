import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Stack, Stage } from 'aws-cdk-lib';

export interface BundledFunction {
  /** The folder of its asset. */
  readonly asset: string;
  /** Its environment variables in the template; stores are references. */
  readonly environment: Readonly<Record<string, unknown>>;
}

/** The assets of a deployment, by function name. */
export function bundledFunctions(stack: Stack): Map<string, BundledFunction> {
  const { directory } = (Stage.of(stack) as Stage).synth();
  return functionsIn(directory, stack.stackName);
}

/** The assets of a stack that is synthesised into a folder. */
export function functionsIn(directory: string, stackName: string): Map<string, BundledFunction> {
  const { Resources: resources } = JSON.parse(readFileSync(join(directory, `${stackName}.template.json`), 'utf8'));
  const functions = Object.values<Json>(resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return new Map(
    functions
      .filter(({ Properties }) => Properties.FunctionName)
      .map(({ Properties: { FunctionName, Code, Environment } }) => [
        FunctionName.slice(stackName.length + 1),
        {
          asset: join(directory, `asset.${Code.S3Key.replace('.zip', '')}`),
          environment: Environment?.Variables ?? {},
        },
      ]),
  );
}

/** The files of a bundle that are loaded at a cold start. */
export function loadedAtOnce({ asset }: BundledFunction): string[] {
  const files = new Set(['index.js']);
  // Iterating a set includes what is added meanwhile.
  for (const file of files) {
    for (const [, chunk = ''] of readFileSync(join(asset, file), 'utf8').matchAll(/"\.\/(chunk-\w+\.js)"/g)) {
      files.add(chunk);
    }
  }
  return [...files];
}

/** Their size in kB (1000 bytes). */
export const sizeOf = (bundled: BundledFunction): number =>
  loadedAtOnce(bundled).reduce((sum, file) => sum + statSync(join(bundled.asset, file)).size / 1000, 0);

type Json = ReturnType<typeof JSON.parse>;

/** Runs a bundle in a process, as a handler. Its output is passed on. Ends with `stop`. */
export function startFunction<Event extends object, Result>(asset: string, environment: Record<string, string>) {
  const script = fileURLToPath(new URL('lambda-process.ts', import.meta.url));
  // The SDK needs a home directory, which the user of the tests may not have.
  const env = { HOME: tmpdir(), LAMBDA_TASK_ROOT: asset, ...environment };
  const child = fork(script, [asset], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => console.log(text.trimEnd()));
  }
  let calls = 0;
  const waiting = new Map<number, PromiseWithResolvers<Result>>();
  child.on('message', ({ id, result, error }: { id: number; result: Result; error?: string }) => {
    if (error) waiting.get(id)?.reject(new Error(error));
    else waiting.get(id)?.resolve(result);
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`The function's process ended with code ${code}`));
  });
  return {
    handler(event: Event): Promise<Result> {
      const id = calls++;
      const answered = Promise.withResolvers<Result>();
      waiting.set(id, answered);
      child.send({ id, event });
      return answered.promise;
    },
    async stop() {
      if (child.exitCode === null && child.kill()) await once(child, 'exit');
    },
  };
}

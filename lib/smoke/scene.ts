import type { Api } from './api.ts';
import type { Run } from './run.ts';

/** Runs a check and tells how it went; a failure goes on to whoever asked. */
export type Check = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

export interface Scene {
  /** Where the API answers, with the stage, if any. */
  readonly url: string;
  readonly api: Api;
  readonly run: Run;
  readonly check: Check;
  readonly skip: (name: string, reason: string) => void;
  /** Tells what a check waits for. */
  readonly note: (text: string) => void;
  readonly key: string | undefined;
  /** Of pages that may call the API. */
  readonly origins: readonly string[];
  /** For the first answer of an API that was deployed a moment ago. */
  readonly patienceMs: number;
}

import type { Api } from './api.ts';
import type { Run } from './run.ts';

/** Runs a check and prints its result. Throws its failure. */
export type Check = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

export interface CheckContext {
  /** The address of the API, with the stage, if any. */
  readonly url: string;
  readonly api: Api;
  readonly run: Run;
  readonly check: Check;
  readonly skip: (name: string, reason: string) => void;
  /** Prints a remark. */
  readonly note: (text: string) => void;
  readonly key: string | undefined;
  /** Origins whose pages may call the API. */
  readonly origins: readonly string[];
  /** How long to wait for the first answer of a new deployment. */
  readonly patienceMs: number;
}

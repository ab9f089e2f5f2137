import type { Reporter } from 'vitest/node';

/** Secrets of the tests: provider keys, project keys, and canary texts. */
const secret = /sk-[\w-]{6,}|pers_[a-z0-9-]+_[0-9a-f-]{36}_\w+|canary/;

/** Searches the output of all tests, also passed ones, and fails the run if it contains a secret. */
export default class SecrecyReporter implements Reporter {
  readonly #leaks: string[] = [];
  #lines = 0;

  onUserConsoleLog({ content }: { readonly content: string }): void {
    for (const line of content.split('\n')) {
      this.#lines++;
      if (secret.test(line)) this.#leaks.push(line);
    }
  }

  onTestRunEnd(): void {
    console.log(`   Secrecy  ${this.#leaks.length} leaks in ${this.#lines} lines of output`);
    if (this.#leaks.length === 0) return;
    console.error(['A test printed a secret:', ...this.#leaks].join('\n  '));
    process.exitCode = 1;
  }
}

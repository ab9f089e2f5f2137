import type { Reporter } from 'vitest/node';

/** What the tests send and nobody may print: providers' keys, keys of projects, and texts that are marked as canaries. */
const secret = /sk-[\w-]{6,}|pers_[a-z0-9-]+_[0-9a-f-]{36}_\w+|canary/;

/** Reads what the functions log in the whole run, passed tests' too. A secret in it fails the run. */
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

/** The fields of a persona as command line options. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { UsageError } from './exit-status.ts';

export interface FieldOptions {
  readonly description?: string;
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly tag?: string[];
  readonly header?: string[];
}

export async function fieldsFrom({ description, prompt, promptFile, tag, header }: FieldOptions) {
  if (prompt !== undefined && promptFile !== undefined) {
    throw new UsageError('Use either --prompt or --prompt-file.');
  }
  const systemPrompt = promptFile === undefined ? prompt : await promptIn(promptFile);
  return {
    ...(description !== undefined && { description }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(tag && { tags: tag }),
    ...(header && { headers: Object.fromEntries(header.map(headerFrom)) }),
  };
}

/** The text of a file, or of standard input (`-`), without a trailing line feed. */
async function promptIn(file: string): Promise<string> {
  const read = file === '-' ? text(process.stdin) : readFile(file, 'utf8');
  const prompt = await read.catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });
  return prompt.replace(/\r?\n$/, '');
}

function headerFrom(header: string): [name: string, value: string] {
  const [, name, value] = /^([^:]+):\s*(.*)$/s.exec(header) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(`A header must be "Name: value", not "${header}".`);
  return [name.trim(), value];
}

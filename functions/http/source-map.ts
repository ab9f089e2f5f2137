/**
 * Maps positions in a bundle to the source. The maps are next to the bundles and are read at the first fault only: Node's
 * `--enable-source-maps` and esbuild's `keepNames` would slow down every cold start.
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

const maps = new Map<string, SourceMap | undefined>();

/** Turns a stack frame such as `at f (/var/task/index.js:1:52935)` into its source, such as `at functions/get-persona.ts:12:5`. */
export function originalFrame(frame: string): string {
  const [, file = '', line, column] = /([^( ]+):(\d+):(\d+)\)?$/.exec(frame) ?? [];
  const origin = mapOf(file)?.findOrigin(Number(line), Number(column));
  if (!origin || !('fileName' in origin)) return frame;
  return `at ${origin.fileName.replace(/^(\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`;
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
  return maps.get(file);
}

const readMap = (file: string) =>
  existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined;

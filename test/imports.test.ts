import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The folders that the files of each folder may import. An unlisted folder belongs to its parent. */
const order: Readonly<Record<string, readonly string[]>> = {
  bin: ['lib', 'functions'],
  'lib/contract': [],
  'lib/stack': ['lib/contract'],
  'lib/local': ['lib/contract', 'lib/stack', 'functions'],
  'lib/openapi': ['lib/contract', 'lib/local', 'functions'],
  'lib/rehearsal': ['lib/local'],
  'lib/check-data': ['lib/local', 'functions/upkeep', 'functions/domain'],
  'lib/smoke': ['lib/contract'],
  'lib/tool': ['functions/formats', 'functions/domain'],
  functions: ['functions', 'lib/contract'],
  'functions/workers': ['functions/upkeep', 'functions/http', 'functions/storage', 'functions/domain'],
  'functions/upkeep': ['functions/storage', 'functions/domain'],
  'functions/docs': ['functions/http'],
  'functions/page': ['functions/formats', 'functions/http', 'functions/domain'],
  'functions/auth': ['functions/http', 'functions/storage', 'functions/domain', 'lib/contract'],
  'functions/http': ['functions/domain', 'lib/contract'],
  'functions/formats': ['functions/domain'],
  'functions/portraits': ['functions/storage', 'functions/domain', 'lib/contract'],
  'functions/storage': ['functions/domain', 'lib/contract'],
  'functions/domain': ['lib/contract'],
};

const files = globSync('{bin,lib,functions}/**/*.{ts,tsx}', { cwd: root });

/** The paths that a file imports; of a computed path, the constant prefix. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const specifiers = [...source.matchAll(/\b(?:from|import)\s*\(?['"`](\.[^'"`$]+)/g)].map(([, path = '']) => path);
  return specifiers.map((path) => join(dirname(file), path));
}

const imports = new Map(files.map((file) => [file, importsOf(file)]));

const within = (path: string, folder: string) => path.startsWith(`${folder}/`);

/** The innermost listed folder of a file. */
const folderOf = (path: string) =>
  Object.keys(order)
    .filter((folder) => within(path, folder))
    .toSorted((a, b) => b.length - a.length)[0];

it.each(Object.entries(order))('allows %s to import only lower folders', (folder, below) => {
  const inside = files.filter((file) => folderOf(file) === folder);
  expect(inside).not.toEqual([]);
  const wrong = inside.flatMap((file) =>
    (imports.get(file) ?? [])
      .filter((path) => imports.has(path) || path.endsWith('/'))
      .filter((path) => folderOf(path) !== folder && !below.some((other) => within(path, other)))
      .map((path) => `${file} imports ${path}`),
  );
  expect(wrong).toEqual([]);
});

it('has a place in the order for every file', () => {
  expect(files.filter((file) => !folderOf(file))).toEqual([]);
});

it('has no cycle', () => {
  const cycleFrom = (path: readonly string[]): readonly string[] | undefined => {
    const last = path.at(-1) ?? '';
    if (path.indexOf(last) < path.length - 1) return path;
    return (imports.get(last) ?? []).map((next) => cycleFrom([...path, next])).find(Boolean);
  };
  expect(files.map((file) => cycleFrom([file])).filter(Boolean)).toEqual([]);
});

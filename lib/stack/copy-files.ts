/** `node copy-files.ts DIRECTORY FILE …` copies files of packages to the node_modules folder in DIRECTORY, next to a bundle. */
import { cp } from 'node:fs/promises';
import { join, sep } from 'node:path';

const [directory = '', ...files] = process.argv.slice(2);
const packages = `${sep}node_modules${sep}`;
await Promise.all(
  files.map((file) => cp(file, join(directory, file.slice(file.lastIndexOf(packages))), { recursive: true })),
);

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const headings = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8').match(/^## .*$/gm) ?? [];

it('has Unreleased on top, and below it the version of package.json', () => {
  expect(headings[0]).toBe('## [Unreleased]');
  expect(headings[1]).toMatch(/^## \[[\d.]+\] - \d{4}-\d{2}-\d{2}$/);
  expect(headings[1]).toContain(`[${manifest.version}]`);
});

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { keyToStore } from '../../functions/domain/config-changes.ts';
import { configOf, maskOf, type Project } from '../../functions/domain/project.ts';
import { settingDefaults } from '../../lib/contract/settings.ts';

describe('the mask of a key', () => {
  it.each([
    ['', '****'],
    ['k', '****'],
    ['1234567890123456789', '****'],
    ['12345678901234567890', '1234...7890'],
    ['sk-1234567890abcdef1234567890abcdef', 'sk-1...cdef'],
  ])('of "%s" is %s', (key, mask) => expect(maskOf(key)).toBe(mask));

  it.each(['k', '1234567890123456789', 'sk-1234567890abcdef1234567890abcdef', 'x'.repeat(1000)])(
    'is never stored as a key: that of %s',
    (key) => {
      expect(keyToStore({ llmSettings: { provider: 'openai', apiKey: maskOf(key) } })).toBeUndefined();
    },
  );
});

describe('the key to store', () => {
  it.each([undefined, null, '', '****', 'sk-1...cdef', '............'.slice(0, 11)])('is none for %j', (apiKey) => {
    const settings = { provider: 'openai' as const, ...(apiKey !== undefined && { apiKey }) };
    expect(keyToStore({ llmSettings: settings })).toBeUndefined();
  });

  it.each([{}, { llmSettings: null }])('is none for %j', (changes) => expect(keyToStore(changes)).toBeUndefined());

  it.each(['***', '*****', 'sk-1...cdefg', 'sk-1..cdef', 'sk-...-cdef1', 'k'])('is %s itself', (apiKey) => {
    expect(keyToStore({ llmSettings: { provider: 'openai', apiKey } })).toBe(apiKey);
  });
});

describe('the settings in an answer', () => {
  beforeAll(() => {
    for (const [name, value] of Object.entries(settingDefaults)) vi.stubEnv(name, value);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });
  const limits = { maxImagesPerDay: 1_000, styleReferences: 4, keepPortraits: 20 };
  const key = { ciphertext: Buffer.from('sealed words'), mask: 'sk-1...cdef' };

  it('have the mask and never the encrypted key', () => {
    const project: Project = { name: 'x', llm: { provider: 'openai', models: { image: 'i' }, key }, maxConcurrency: 2 };
    expect(configOf(project, [])).toEqual({
      version: 3,
      name: 'x',
      llmSettings: { provider: 'openai', apiKey: 'sk-1...cdef', models: { image: 'i' } },
      maxConcurrency: 2,
      limits,
    });
  });

  it('have only fields with a value', () => {
    expect(configOf({ name: 'x' }, [])).toEqual({ version: 3, name: 'x', limits });
    expect(Object.keys(configOf({ name: 'x', llm: { provider: 'openai', models: {}, key } }, []))).toEqual([
      'version',
      'name',
      'llmSettings',
      'limits',
    ]);
  });
});

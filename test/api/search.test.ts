import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Client, type Json, newProject, useStack } from '../support/api.ts';

const stack = useStack();

const personas = [
  { name: 'Grumpy Greta', description: 'Has seen too many chatbots', tags: ['refund', 'impatient'] },
  { name: 'Ben', description: 'Wants a REFUND', tags: ['calm'] },
  { name: 'Am\u00e9lie', description: 'Lives in the Stra\u00dfe', tags: ['refund', 'calm'] },
  { name: 'Οδυσσεύς', systemPrompt: 'You want a refund.', headers: { refund: 'refund' }, tags: ['Refund'] },
  { name: 'Zoe', description: 'e\u0301tage' },
  { name: 'Ada', tags: ['refund', 'impatient', 'a b&c=d'] },
];

let project: Client & { readonly id: string };
beforeAll(async () => {
  project = await newProject(stack.api);
  for (const persona of personas) await project.post('/personas', persona);
});

type Query = Readonly<Record<string, string | readonly string[]>>;

function find(query: Query): Promise<Answer> {
  const parameters = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) parameters.append(name, value);
  }
  return project.get(`/personas?${parameters}`);
}

const namesOf = ({ body }: Answer) => body.map(({ name }: Json) => name);
const all = personas.map(({ name }) => name);

describe('?tag=', () => {
  it.each([
    ['refund', ['Grumpy Greta', 'Am\u00e9lie', 'Ada']],
    ['Refund', ['Οδυσσεύς']],
    ['refun', []],
    ['a b&c=d', ['Ada']],
    [' calm ', ['Ben', 'Am\u00e9lie']],
    ['', all],
    [['refund', 'calm'], ['Am\u00e9lie']],
    [
      ['impatient', 'refund', 'refund'],
      ['Grumpy Greta', 'Ada'],
    ],
    [
      ['refund', ''],
      ['Grumpy Greta', 'Am\u00e9lie', 'Ada'],
    ],
    [['calm', 'impatient'], []],
  ])('of %j finds %j', async (tag, names) => {
    expect(namesOf(await find({ tag }))).toEqual(names);
  });

  it('is refused if it is too long', async () => {
    const message = 'tag must be at most 50 characters';
    expect(await find({ tag: ['refund', 'x'.repeat(51)] })).toMatchObject({
      status: 400,
      body: { error: message, code: 'invalid_request', details: [{ path: 'tag.1', message }] },
    });
  });
});

describe('?q=', () => {
  it.each([
    ['refund', ['Grumpy Greta', 'Ben', 'Am\u00e9lie', 'Οδυσσεύς', 'Ada']],
    ['GRETA', ['Grumpy Greta']],
    ['y g', ['Grumpy Greta']],
    ['AME\u0301LIE', ['Am\u00e9lie']],
    ['\u00c9TAGE', ['Zoe']],
    ['STRASSE', ['Am\u00e9lie']],
    ['STRA\u1e9eE', ['Am\u00e9lie']],
    ['ΟΔΥΣΣΕΎΣ', ['Οδυσσεύς']],
    ['You want', []],
    ['createdAt', []],
    ['', all],
  ])('of %j finds %j', async (q, names) => {
    expect(namesOf(await find({ q }))).toEqual(names);
  });

  it('has at most 200 characters', async () => {
    expect((await find({ q: 'e\u0301'.repeat(200) })).status).toBe(200);
    expect(await find({ q: 'x'.repeat(201) })).toMatchObject({
      status: 400,
      body: { error: 'q must be at most 200 characters', code: 'invalid_request' },
    });
  });

  it('finds a text after a long run of combining marks', async () => {
    const at = await newProject(stack.api);
    await at.post('/personas', { name: 'Marked', description: `${'\u0323\u0301'.repeat(4_900)} end` });
    expect((await at.get('/personas?q=END')).body).toHaveLength(1);
  });
});

describe('a search', () => {
  it('with both parameters needs both', async () => {
    expect(namesOf(await find({ q: 'a', tag: 'calm' }))).toEqual(['Ben', 'Am\u00e9lie']);
  });

  it('returns the requested fields', async () => {
    expect((await find({ tag: 'calm', fields: 'name' })).body).toEqual([{ name: 'Ben' }, { name: 'Am\u00e9lie' }]);
  });

  it('fills its pages, and repeats every parameter in their links', async () => {
    const first = await find({ limit: '2', fields: 'name,tags', tag: ['refund', 'refund'], q: 'A' });
    expect(namesOf(first)).toEqual(['Grumpy Greta', 'Am\u00e9lie']);
    const [, link = ''] = /^<\/api(.*)>; rel="next"$/.exec(`${first.headers.get('link')}`) ?? [];
    expect([...new URLSearchParams(link.split('?')[1])].filter(([name]) => name !== 'cursor')).toEqual([
      ['limit', '2'],
      ['fields', 'name,tags'],
      ['tag', 'refund'],
      ['tag', 'refund'],
      ['q', 'A'],
    ]);
    const last = await stack.api.get(link);
    expect(last.body).toEqual([{ name: 'Ada', tags: ['refund', 'impatient', 'a b&c=d'] }]);
    expect(last.headers.has('link')).toBe(false);
  });

  it('has no Link on the page with the last match', async () => {
    expect((await find({ limit: '3', tag: 'refund' })).headers.has('link')).toBe(false);
    expect((await find({ limit: '1', q: 'nobody' })).headers.has('link')).toBe(false);
  });

  it('is refused in an unknown project', async () => {
    const nobody = '01890000-0000-7000-8000-000000000000';
    for (const query of ['q=a', 'q=a&limit=1', `tag=${'x'.repeat(51)}`]) {
      expect((await stack.api.get(`/projects/${nobody}/personas?${query}`)).body.error).toBe('Project not found');
    }
  });
});

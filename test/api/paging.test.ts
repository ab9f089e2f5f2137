import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import document from '../../openapi.json' with { type: 'json' };
import { type Answer, type Client, type Json, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';

const stack = useStack();

type Project = Client & { readonly id: string };
const count = 7;
const nobody = '01890000-0000-7000-8000-000000000000';
const imageBase64 = png().toString('base64');

let made = 0;
const makePersona = (at: Project) =>
  at.post('/personas', { name: `Persona ${++made}`, headers: { 'x-made': `${made}` } });
const makeImage = (at: Project, role = 'any') => at.post('/images', { imageBase64, role });
const makeKey = (at: Project) => at.post('/keys', { name: `Key ${++made}`, access: 'read' });

interface List {
  readonly name: string;
  /** Below the project, with the parameters that it needs. */
  readonly path: string;
  readonly make: (at: Project) => Promise<Answer>;
  readonly entriesOf: (body: Json) => Json[];
  readonly idOf: (entry: Json) => string;
}

const lists: readonly List[] = [
  { name: 'personas', path: '/personas', make: makePersona, entriesOf: (body) => body, idOf: ({ id }) => id },
  { name: 'keys', path: '/keys', make: makeKey, entriesOf: (body) => body, idOf: ({ id }) => id },
  { name: 'images', path: '/images?role=any', make: makeImage, entriesOf: ({ ids }) => ids, idOf: (id) => id },
];

const withQuery = (path: string, query: string) => path + (path.includes('?') ? '&' : '?') + query;
const said = ({ status, body }: Answer) => ({ status, code: body?.code });
const invalidCursor = { status: 400, code: 'invalid_cursor' };

/** The path of the next page, below /api; undefined on the last page. */
function nextOf({ headers }: Answer): string | undefined {
  const link = headers.get('link');
  if (link === null) return undefined;
  expect(link).toMatch(/^<\/api\/[\w/?&=%.-]+>; rel="next"$/);
  return link.slice('</api'.length, link.indexOf('>'));
}

const cursorOf = (answer: Answer) => `${new URL(`${nextOf(answer)}`, 'http://localhost').searchParams.get('cursor')}`;

/** All answers from this page to the last. */
async function walk(path: string, at: Client = stack.api): Promise<Answer[]> {
  const answers = [await at.get(path)];
  for (let next = nextOf(answers[0] as Answer); next; next = nextOf(answers.at(-1) as Answer)) {
    answers.push(await stack.api.get(next));
  }
  for (const { status } of answers) expect(status).toBe(200);
  return answers;
}

let project: Project;
let other: Project;
beforeAll(async () => {
  project = await newProject(stack.api);
  other = await newProject(stack.api);
  for (const { make } of lists) {
    for (let index = 0; index < count; index++) await make(project);
    for (let index = 0; index < 2; index++) await make(other);
  }
  for (let index = 0; index < 3; index++) await makeImage(project, 'any-other');
});

describe.each(lists)('the list of $name', ({ path, make, entriesOf, idOf }) => {
  const whole = async () => entriesOf((await project.get(path)).body);

  it('is complete without parameters', async () => {
    const answer = await project.get(path);
    expect([entriesOf(answer.body).length, answer.headers.get('link')]).toEqual([count, null]);
  });

  it('is the same page by page, whatever the limit', async () => {
    const entries = await whole();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: count + 2 }), async (limit) => {
        const answers = await walk(withQuery(path, `limit=${limit}`), project);
        expect(answers.flatMap(({ body }) => entriesOf(body))).toEqual(entries);
        const lengths = answers.map(({ body }) => entriesOf(body).length);
        expect(lengths.slice(0, -1)).toEqual(lengths.slice(0, -1).map(() => limit));
        expect(lengths.at(-1)).toBeGreaterThan(0);
      }),
      { numRuns: 12, examples: [[1], [count - 1], [count], [count + 1]] },
    );
  });

  it('may have another limit on each page', async () => {
    const entries = await whole();
    const first = await project.get(withQuery(path, 'limit=2'));
    const second = await project.get(withQuery(path, `limit=1&cursor=${cursorOf(first)}`));
    expect(entriesOf(second.body)).toEqual(entries.slice(2, 3));
    const rest = await project.get(withQuery(path, `limit=1000&cursor=${cursorOf(second)}`));
    expect([entriesOf(rest.body), rest.headers.get('link')]).toEqual([entries.slice(3), null]);
  });

  it('goes from a cursor to its end without a limit', async () => {
    const first = await project.get(withQuery(path, 'limit=3'));
    const rest = await project.get(withQuery(path, `cursor=${cursorOf(first)}`));
    expect([entriesOf(rest.body), rest.headers.get('link')]).toEqual([(await whole()).slice(3), null]);
  });

  it('has the next page in Link, also for HEAD and with a trailing slash', async () => {
    const [plain, query] = withQuery(path, 'limit=2').split('?');
    const links = await Promise.all([
      project.get(`${plain}?${query}`),
      project.send('HEAD', `${plain}?${query}`),
      project.get(`${plain}/?${query}`),
    ]);
    const [link] = links.map(nextOf);
    const [address, parameters] = `${link}`.split('?');
    expect(address).toBe(`/projects/${project.id}${plain}`);
    const { cursor, ...others } = Object.fromEntries(new URLSearchParams(parameters));
    expect([cursor, others]).toEqual([expect.any(String), Object.fromEntries(new URLSearchParams(query))]);
    expect(links.map(nextOf)).toEqual([link, link, link]);
  });

  it('repeats and skips nothing while entries are created and deleted', async () => {
    const at = await newProject(stack.api);
    for (let index = 0; index < 6; index++) await make(at);
    const all = entriesOf((await at.get(path)).body);
    const first = await at.get(withQuery(path, 'limit=2'));
    const [collection] = path.split('?');
    for (const gone of [all[0], all[1], all[3]]) {
      expect((await at.delete(`${collection}/${idOf(gone)}`)).status).toBe(204);
    }
    await make(at);
    const later = entriesOf((await at.get(path)).body).at(-1);
    const rest = (await walk(`${nextOf(first)}`)).flatMap(({ body }) => entriesOf(body));
    expect([...entriesOf(first.body), ...rest]).toEqual([all[0], all[1], all[2], all[4], all[5], later]);
  });

  it('has one page if it is empty, or becomes empty after the cursor', async () => {
    const at = await newProject(stack.api);
    const empty = await at.get(withQuery(path, 'limit=1'));
    expect([entriesOf(empty.body), empty.headers.get('link')]).toEqual([[], null]);
    await make(at);
    await make(at);
    const next = `${nextOf(await at.get(withQuery(path, 'limit=1')))}`;
    const [, last] = entriesOf((await at.get(path)).body);
    await at.delete(`${path.split('?')[0]}/${idOf(last)}`);
    const rest = await stack.api.get(next);
    expect([rest.status, entriesOf(rest.body), rest.headers.get('link')]).toEqual([200, [], null]);
  });

  it.each(['0', '-1', '1001', '1e2', '1.0', '0x10', '+5', ' 5', '', 'all', '99999', '5,6', '٣'])(
    'refuses the limit "%s"',
    async (limit) => {
      const { status, body } = await project.get(withQuery(path, `limit=${encodeURIComponent(limit)}`));
      const error = 'limit must be a whole number from 1 to 1000';
      expect([status, body.error, body.details]).toEqual([400, error, [{ path: 'limit', message: error }]]);
    },
  );

  it('uses the last of several limits', async () => {
    const { body } = await project.get(withQuery(path, 'limit=0&limit=5&limit=2'));
    expect(entriesOf(body)).toHaveLength(2);
  });

  it('refuses a cursor with a changed, added or missing character', async () => {
    const cursor = cursorOf(await project.get(withQuery(path, 'limit=2')));
    expect(cursor).toMatch(/^[\w-]{60,70}$/);
    const bent = Array.from(cursor, (character, at) => {
      const [before, after, another] = [cursor.slice(0, at), cursor.slice(at + 1), character === 'A' ? 'B' : 'A'];
      return [before + another + after, before + another + character + after, before + after][at % 3];
    });
    for (const wrong of bent) {
      expect([wrong, said(await project.get(withQuery(path, `cursor=${wrong}`)))]).toEqual([wrong, invalidCursor]);
    }
  });

  it('refuses an invalid cursor', async () => {
    const entries = await whole();
    const cursor = cursorOf(await project.get(withQuery(path, 'limit=2')));
    const others = [
      '',
      'x',
      '=',
      `${cursor}=`,
      `${cursor}==`,
      `${cursor}!`,
      ` ${cursor}`,
      `${cursor}\n`,
      '\0',
      '\u{1f600}',
    ];
    for (const wrong of [...others, idOf(entries[1]), 'A'.repeat(4_000), Buffer.alloc(2_000).toString('base64url')]) {
      const answer = await project.get(withQuery(path, `limit=2&cursor=${encodeURIComponent(wrong)}`));
      expect([wrong, said(answer)]).toEqual([wrong, invalidCursor]);
      expect(answer.body.error).toBe('cursor does not belong to this list; use the Link of an answer unchanged');
    }
  });

  it('refuses cursors of other lists', async () => {
    const foreign = [
      await stack.api.get('/projects?limit=1'),
      await other.get(withQuery(path, 'limit=1')),
      ...(await Promise.all(
        [...lists.filter((list) => list.path !== path).map((list) => list.path), '/images?role=any-other'].map((list) =>
          project.get(withQuery(list, 'limit=1')),
        ),
      )),
    ];
    for (const answer of foreign) {
      expect(said(await project.get(withQuery(path, `cursor=${cursorOf(answer)}`)))).toEqual(invalidCursor);
    }
  });

  it('is not found in an unknown project, before limit and cursor are checked', async () => {
    const cursor = cursorOf(await project.get(withQuery(path, 'limit=2')));
    for (const query of ['limit=0', 'limit=1&cursor=x', `cursor=${cursor}`]) {
      const answer = await stack.api.get(`/projects/${nobody}${withQuery(path, query)}`);
      expect(said(answer)).toEqual({ status: 404, code: 'project_not_found' });
    }
  });
});

describe('the list of projects', () => {
  it('is the same page by page', async () => {
    const { body: projects } = await stack.api.get('/projects');
    for (const limit of [1, 3, projects.length, 1000]) {
      const answers = await walk(`/projects?limit=${limit}`);
      expect(answers).toHaveLength(Math.ceil(projects.length / limit));
      expect(answers.flatMap(({ body }) => body)).toEqual(projects);
    }
  });

  it('continues after a deleted project', async () => {
    const { body: before } = await stack.api.get('/projects');
    const made = [await newProject(stack.api), await newProject(stack.api)];
    const first = await stack.api.get(`/projects?limit=${before.length + 1}`);
    await stack.api.delete(`/projects/${made[0]?.id}`);
    const rest = await stack.api.get(`${nextOf(first)}`);
    expect(rest.body).toEqual([{ id: made[1]?.id, name: 'Tests' }]);
  });

  it('refuses a wrong limit and a wrong cursor', async () => {
    const foreign = cursorOf(await project.get('/personas?limit=1'));
    expect(said(await stack.api.get('/projects?limit=0'))).toEqual({ status: 400, code: 'invalid_request' });
    for (const wrong of ['', 'x', foreign]) {
      expect(said(await stack.api.get(`/projects?cursor=${wrong}`))).toEqual(invalidCursor);
    }
  });
});

describe('fields', () => {
  const names = Object.keys(document.components.schemas.Persona.properties);
  let at: Project;
  let personas: Json[];
  beforeAll(async () => {
    at = await newProject(stack.api);
    const { body: image } = await makeImage(at);
    const { body: whole } = await at.post('/personas', {
      name: 'Greta, "G"',
      description: 'Calm',
      systemPrompt: 'You\u2028count.',
      headers: { name: "not the persona's", 10: 'b', 2: 'a' },
    });
    await at.put(`/personas/${whole.id}`, { imageUrl: image.id });
    await at.post('/personas', { name: 'Ben' });
    await at.post('/personas', { name: 'Cleo', description: '' });
    personas = (await at.get('/personas')).body;
  });

  const chosen = fc.shuffledSubarray(names, { minLength: 1 });

  it('are returned as in the complete list, without others', () =>
    fc.assert(
      fc.asyncProperty(chosen, fc.option(fc.integer({ min: 1, max: 4 })), async (fields, limit) => {
        const { body } = await at.get(`/personas?fields=${fields}${limit ? `&limit=${limit}` : ''}`);
        const expected = personas
          .slice(0, limit ?? personas.length)
          .map((persona) => Object.fromEntries(Object.entries(persona).filter(([name]) => fields.includes(name))));
        // As texts, to compare the order of the fields.
        expect(JSON.stringify(body)).toBe(JSON.stringify(expected));
      }),
      { numRuns: 25 },
    ));

  it('may be repeated parameters', async () => {
    const { body } = await at.get('/personas?fields=id&fields=name');
    expect(body).toEqual(personas.map(({ id, name }) => ({ id, name })));
  });

  it('may have white space around them', async () => {
    const { body } = await at.get(`/personas?fields=${encodeURIComponent(' id, name\t')}`);
    expect(body).toEqual(personas.map(({ id, name }) => ({ id, name })));
  });

  it('stay from page to page', async () => {
    const answers = await walk('/personas?fields=name,id&limit=2', at);
    expect(answers.map(({ body }) => body)).toEqual([
      personas.slice(0, 2).map(({ id, name }) => ({ id, name })),
      personas.slice(2).map(({ id, name }) => ({ id, name })),
    ]);
    expect(nextOf(answers[0] as Answer)).toMatch(/\?limit=2&fields=name%2Cid&cursor=/);
  });

  it('are kept without unknown parameters', async () => {
    const next = `${nextOf(await at.get(`/personas?limit=1&colour=red&role=any&${'x'.repeat(3_000)}`))}`;
    expect([...new URLSearchParams(next.split('?')[1]).keys()]).toEqual(['limit', 'cursor']);
  });

  it.each([
    '',
    ',',
    'id,',
    'id,,name',
    'colour',
    'id,colour',
    'ID',
    'id,id',
    'id name',
    '__proto__',
    'constructor',
    '*',
  ])('are refused by name if they are "%s"', async (fields) => {
    const { status, body } = await at.get(`/personas?fields=${encodeURIComponent(fields)}`);
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(body.error).toBe(`fields must be some of ${names.join(', ')}, each once, separated by commas`);
  });

  it('are not checked in an unknown project', async () => {
    expect((await stack.api.get(`/projects/${nobody}/personas?fields=x`)).status).toBe(404);
  });
});

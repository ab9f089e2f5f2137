import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Client, type Json, newProject, useStack } from '../support/api.ts';
import { conflicting } from '../support/contention.ts';
import { png } from '../support/pictures.ts';
import { useRecorder } from '../support/use-recorder.ts';

const stack = useStack();

/** Whether conflicting transactions are rejected, as on AWS: vitest.config.ts runs this file both ways. */
if (process.env.TEST_CONTENTION === 'true') {
  const recorder = useRecorder('AWS_ENDPOINT_URL_DYNAMODB');
  beforeEach(() => recorder.intercept(conflicting()));
}

const times = <Result>(count: number, work: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort();
const create = async (at: Client, name: string, fields: object = {}): Promise<Json> =>
  (await at.post('/personas', { name, ...fields })).body;
const list = async (at: Client): Promise<Json[]> => (await at.get('/personas')).body;
const namesIn = async (at: Client) => (await list(at)).map(({ name }) => name);
const upload = (at: Client) => at.post('/images', { imageBase64: png().toString('base64'), role: 'any' });

describe('50 concurrent requests', () => {
  it('for one name: exactly one succeeds, and the others get 409', async () => {
    const project = await newProject(stack.api);
    const answers = await times(50, (index) => project.post('/personas', { name: 'Only', description: `${index}` }));
    expect(statuses(answers)).toEqual([201, ...Array(49).fill(409)]);
    const made = answers.find(({ status }) => status === 201)?.body;
    for (const { status, body } of answers) {
      if (status === 409) expect(body.error).toBe('Persona with name "Only" already exists');
    }
    expect(await list(project)).toEqual([made]);
  });

  it('for one name in different spellings: exactly one succeeds', async () => {
    const project = await newProject(stack.api);
    const spellings = ['Zo\u00eb', 'Zoe\u0308', ' Zo\u00eb', 'Zoe\u0308\n'];
    const answers = await times(50, (index) => project.post('/personas', { name: spellings[index % 4] }));
    expect(statuses(answers)).toEqual([201, ...Array(49).fill(409)]);
    expect(await namesIn(project)).toEqual(['Zo\u00eb']);
  });

  it('for different names: all succeed', async () => {
    const project = await newProject(stack.api);
    const answers = await times(50, (index) => project.post('/personas', { name: `Persona ${index}` }));
    expect(statuses(answers)).toEqual(Array(50).fill(201));
    const made = answers.map(({ body }) => body);
    expect(await list(project)).toEqual(made.sort((one, other) => (one.id < other.id ? -1 : 1)));
  });

  it('to rename to one name: exactly one succeeds', async () => {
    const project = await newProject(stack.api);
    const personas = await times(50, (index) => create(project, `Before ${index}`));
    const answers = await Promise.all(personas.map(({ id }) => project.put(`/personas/${id}`, { name: 'After' })));
    expect(statuses(answers)).toEqual([200, ...Array(49).fill(409)]);
    const winner = answers.findIndex(({ status }) => status === 200);
    const expected = personas.map(({ name }, index) => (index === winner ? 'After' : name));
    expect((await namesIn(project)).sort()).toEqual(expected.sort());
    expect((await project.post('/personas', { name: `Before ${winner}` })).status).toBe(201);
    expect((await project.post('/personas', { name: 'After' })).status).toBe(409);
    const losers = personas.filter((_, index) => index !== winner);
    expect(statuses(await Promise.all(losers.map(({ name }) => project.post('/personas', { name }))))).toEqual(
      Array(49).fill(409),
    );
  });

  it('to edit 50 personas: all succeed', async () => {
    const project = await newProject(stack.api);
    const personas = await times(50, (index) => create(project, `Persona ${index}`));
    const answers = await Promise.all(
      personas.map(({ id, name }) => project.put(`/personas/${id}`, { description: `of ${name}` })),
    );
    expect(statuses(answers)).toEqual(Array(50).fill(200));
    for (const { name, description } of await list(project)) expect(description).toBe(`of ${name}`);
  });

  it('to edit different fields of one persona: none undoes another', async () => {
    const project = await newProject(stack.api);
    const { id, createdAt } = await create(project, 'Before');
    const fields = [
      (index: number) => ({ description: `d${index}` }),
      (index: number) => ({ systemPrompt: `s${index}` }),
      (index: number) => ({ headers: { 'X-Index': `${index}` } }),
      (index: number) => ({ name: `n${index}` }),
    ];
    const sent = Array.from({ length: 50 }, (_, index) => fields[index % fields.length]?.(index) ?? {});
    const answers = await Promise.all(sent.map((changes) => project.put(`/personas/${id}`, changes)));
    expect(statuses(answers)).toEqual(Array(50).fill(200));
    for (const [index, { body }] of answers.entries()) expect(body).toMatchObject({ id, createdAt, ...sent[index] });

    const { body: after } = await project.get(`/personas/${id}`);
    for (const field of ['description', 'systemPrompt', 'headers', 'name']) {
      expect(sent).toContainEqual({ [field]: after[field] });
    }
    expect(answers.map(({ body }) => body)).toContainEqual(after);
    for (const name of ['Before', 'n3', 'n7', 'n11', 'n15', 'n19', 'n23', 'n27', 'n31', 'n35', 'n39', 'n43', 'n47']) {
      expect([name, (await project.post('/personas', { name })).status]).toEqual([
        name,
        name === after.name ? 409 : 201,
      ]);
    }
  });

  it('to edit two fields of one persona: the result has one value of each', async () => {
    const project = await newProject(stack.api);
    const { id } = await create(project, 'Two fields');
    const answers = await times(50, (index) =>
      project.put(`/personas/${id}`, index % 2 ? { description: `${index}` } : { systemPrompt: `${index}` }),
    );
    expect(statuses(answers)).toEqual(Array(50).fill(200));
    const { body: after } = await project.get(`/personas/${id}`);
    expect([Number(after.description) % 2, Number(after.systemPrompt) % 2]).toEqual([1, 0]);
  });
});

describe('50 concurrent duplicates', () => {
  it('have the next 50 names and one portrait', async () => {
    const project = await newProject(stack.api);
    const { body: image } = await upload(project);
    const original = await create(project, 'Copied');
    await project.put(`/personas/${original.id}`, { imageUrl: image.id });
    await create(project, 'Copied (7)');
    const answers = await times(50, () => project.post(`/personas/${original.id}/duplicate`));
    expect(statuses(answers)).toEqual(Array(50).fill(201));
    const numbers = Array.from({ length: 51 }, (_, index) => index + 2).filter((number) => number !== 7);
    expect(answers.map(({ body }) => body.name).toSorted()).toEqual(
      numbers.map((number) => `Copied (${number})`).toSorted(),
    );
    expect((await project.delete(`/images/${image.id}`)).status).toBe(204);
    for (const persona of await list(project)) expect(persona).not.toHaveProperty('imageUrl');
  });

  it('never keep an image that is deleted meanwhile', async () => {
    const project = await newProject(stack.api);
    const { body: image } = await upload(project);
    const original = await create(project, 'Copied');
    await project.put(`/personas/${original.id}`, { imageUrl: image.id });
    const [deleted, ...answers] = await Promise.all([
      project.delete(`/images/${image.id}`),
      ...Array.from({ length: 10 }, () => project.post(`/personas/${original.id}/duplicate`)),
    ]);
    expect([deleted.status, ...statuses(answers)]).toEqual([204, ...Array(10).fill(201)]);
    for (const persona of await list(project)) expect(persona).not.toHaveProperty('imageUrl');
  });
});

describe('10 concurrent batches of the same 10 names', () => {
  const names = Array.from({ length: 10 }, (_, index) => `Persona ${index}`);
  const send = (project: Client, onConflict: string) =>
    times(10, async (turn) => {
      const personas = names.map((name) => ({ name, description: `of batch ${turn}` }));
      const { status, body } = await project.post('/personas/batch', { personas, onConflict });
      expect(status).toBe(200);
      return body.results;
    });
  const counts = (batches: Json[][]) => Object.groupBy(batches.flat(), ({ status, code }) => code ?? status);

  it.each([
    ['fail', 'persona_name_taken'],
    ['skip', 'skipped'],
    ['replace', 'replaced'],
  ])('create each name once: %s', async (onConflict, others) => {
    const project = await newProject(stack.api);
    const { created = [], [others]: rest = [] } = counts(await send(project, onConflict));
    expect([created.length, rest.length]).toEqual([10, 90]);
    const all = await list(project);
    expect(all.map(({ id }) => id).toSorted()).toEqual(created.map(({ id }) => id).toSorted());
    expect(all.map(({ name }) => name).toSorted()).toEqual(names);
    if (onConflict === 'fail') return;
    for (const { id, name } of rest) expect(all.find((persona) => persona.name === name)?.id).toBe(id);
  });

  it('create 10 of each name with the next numbers: rename', async () => {
    const project = await newProject(stack.api);
    const { created = [] } = counts(await send(project, 'rename'));
    const expected = names.flatMap((name) => [
      name,
      ...Array.from({ length: 9 }, (_, index) => `${name} (${index + 2})`),
    ]);
    expect(created.map(({ name }) => name).toSorted()).toEqual(expected.toSorted());
    expect((await namesIn(project)).toSorted()).toEqual(expected.toSorted());
  });
});

describe('concurrent deletion', () => {
  it('succeeds once', async () => {
    const project = await newProject(stack.api);
    const { id } = await create(project, 'Once');
    expect(statuses(await times(20, () => project.delete(`/personas/${id}`)))).toEqual([204, ...Array(19).fill(404)]);
  });

  it('and edits never bring a persona back, and free its name', async () => {
    const project = await newProject(stack.api);
    await times(6, async (index) => {
      const name = `Edited ${index}`;
      const { id } = await create(project, name);
      const edit = (edited: number) => project.put(`/personas/${id}`, { description: `${edited}` });
      const [edits, deletion] = await Promise.all([times(6, edit), project.delete(`/personas/${id}`)]);
      expect(deletion.status).toBe(204);
      for (const { status } of edits) expect([200, 404]).toContain(status);
      expect((await project.get(`/personas/${id}`)).status).toBe(404);
      expect((await project.put(`/personas/${id}`, {})).status).toBe(404);
      const again = await project.post('/personas', { name });
      expect(again.status).toBe(201);
      expect(again.body).not.toHaveProperty('description');
      expect((await project.delete(`/personas/${again.body.id}`)).status).toBe(204);
    });
    expect(await list(project)).toEqual([]);
  });

  it('and a rename free both names', async () => {
    const project = await newProject(stack.api);
    await times(10, async (index) => {
      const { id, name } = await create(project, `From ${index}`);
      const [renaming, deletion] = await Promise.all([
        project.put(`/personas/${id}`, { name: `To ${index}` }),
        project.delete(`/personas/${id}`),
      ]);
      expect(deletion.status).toBe(204);
      expect([200, 404]).toContain(renaming.status);
      for (const free of [name, `To ${index}`]) {
        expect((await project.post('/personas', { name: free })).status).toBe(201);
      }
    });
    expect(await list(project)).toHaveLength(20);
  });

  it('and a create of the same name leave exactly the created one, or none', async () => {
    const project = await newProject(stack.api);
    await times(10, async (index) => {
      const { id, name } = await create(project, `Name ${index}`);
      const [deletion, ...creations] = await Promise.all([
        project.delete(`/personas/${id}`),
        project.post('/personas', { name }),
        project.post('/personas', { name }),
        project.post('/personas', { name }),
      ]);
      expect(deletion.status).toBe(204);
      const made = creations.filter(({ status }) => status === 201);
      expect(made.length).toBeLessThanOrEqual(1);
      expect(statuses(creations)).toEqual([...made.map(() => 201), ...Array(3 - made.length).fill(409)]);
      expect((await namesIn(project)).filter((listed) => listed === name)).toHaveLength(made.length);
      expect((await project.post('/personas', { name })).status).toBe(made.length ? 409 : 201);
    });
  });
});

describe('concurrent renames', () => {
  it('and creates of both names leave each name to one persona at most', async () => {
    await times(5, async () => {
      const project = await newProject(stack.api);
      const { id } = await create(project, 'A');
      const [renaming, ...creations] = await Promise.all([
        project.put(`/personas/${id}`, { name: 'B' }),
        ...Array.from({ length: 10 }, (_, index) => project.post('/personas', { name: index % 2 ? 'A' : 'B' })),
      ]);
      expect([200, 409]).toContain(renaming.status);
      for (const { status } of creations) expect([201, 409]).toContain(status);
      const made = creations.filter(({ status }) => status === 201).map(({ body }) => body);
      const renamed = renaming.status === 200;
      expect(made.filter(({ name }) => name === 'B')).toHaveLength(renamed ? 0 : 1);
      expect(made.filter(({ name }) => name === 'A').length).toBeLessThanOrEqual(renamed ? 1 : 0);

      const listed = await list(project);
      const expected = [{ id, name: renamed ? 'B' : 'A' }, ...made.map(({ id, name }) => ({ id, name }))];
      expect(listed.map(({ id, name }) => ({ id, name }))).toEqual(expect.arrayContaining(expected));
      expect(listed).toHaveLength(expected.length);
      const holdsA = expected.some(({ name }) => name === 'A');
      expect((await project.post('/personas', { name: 'A' })).status).toBe(holdsA ? 409 : 201);
    });
  });

  it('of two personas to each other’s names are refused, or made one after the other', async () => {
    await times(5, async () => {
      const project = await newProject(stack.api);
      const [one, other] = [await create(project, 'One'), await create(project, 'Other')];
      const answers = await Promise.all([
        project.put(`/personas/${one.id}`, { name: 'Other' }),
        project.put(`/personas/${other.id}`, { name: 'One' }),
      ]);
      expect(statuses(answers)).toEqual([409, 409]);
      expect(await namesIn(project)).toEqual(['One', 'Other']);
    });
  });

  it('of one persona to many names leave it one, and free the others', async () => {
    const project = await newProject(stack.api);
    const { id } = await create(project, 'Start');
    const names = Array.from({ length: 15 }, (_, index) => `Name ${index}`);
    const answers = await Promise.all(names.map((name) => project.put(`/personas/${id}`, { name })));
    expect(statuses(answers)).toEqual(Array(15).fill(200));
    const { name: kept } = (await project.get(`/personas/${id}`)).body;
    expect(names).toContain(kept);
    const free = ['Start', ...names].filter((name) => name !== kept);
    const taken = await Promise.all(free.map((name) => project.post('/personas', { name })));
    expect(statuses(taken)).toEqual(Array(15).fill(201));
    expect((await project.post('/personas', { name: kept })).status).toBe(409);
  });
});

describe('a project that is deleted concurrently', () => {
  it('with creates and changes is gone for all later requests', async () => {
    await times(3, async () => {
      const project = await newProject(stack.api);
      const persona = await create(project, 'Edited');
      const { body: image } = await upload(project);
      const work = () => [
        ...Array.from({ length: 5 }, (_, index) => project.post('/personas', { name: `New ${index}` })),
        ...Array.from({ length: 4 }, (_, index) => project.put(`/personas/${persona.id}`, { description: `${index}` })),
        project.put(`/personas/${persona.id}`, { name: 'Renamed', imageUrl: image.id }),
        project.put('/config', { maxConcurrency: 2 }),
        project.put('/config', { name: 'Renamed', llmSettings: { provider: 'openai', apiKey: 'k' } }),
        upload(project),
        upload(project),
      ];
      const [deletion, ...answers] = await Promise.all([stack.api.delete(`/projects/${project.id}`), ...work()]);
      expect(deletion.status).toBe(204);
      for (const { status } of answers) expect([200, 201, 404]).toContain(status);

      const made = answers.filter(({ status }) => status === 201).map(({ body }) => body);
      const personaIds = [persona.id, ...made.filter(({ name }) => name).map(({ id }) => id)];
      const imageIds = [image.id, ...made.filter(({ name }) => !name).map(({ id }) => id)];
      const later = await Promise.all([
        project.get('/config'),
        project.get('/personas'),
        project.get('/images?role=any'),
        ...personaIds.map((id) => project.get(`/personas/${id}`)),
        ...imageIds.map((id) => project.get(`/images/${id}`)),
        ...work(),
      ]);
      expect(later.map(({ status, body }) => [status, body.error])).toEqual(
        later.map(() => [404, 'Project not found']),
      );
      expect((await stack.api.get('/projects')).body.map(({ id }: Json) => id)).not.toContain(project.id);
    });
  });

  it('with deletions of personas answers 204 to each persona once at most', async () => {
    const project = await newProject(stack.api);
    const personas = await times(10, (index) => create(project, `Persona ${index}`));
    const [deletion, ...answers] = await Promise.all([
      stack.api.delete(`/projects/${project.id}`),
      ...personas.map(({ id }) => project.delete(`/personas/${id}`)),
    ]);
    expect(deletion.status).toBe(204);
    for (const { status } of answers) expect([204, 404]).toContain(status);
    expect((await project.get('/personas')).status).toBe(404);
  });

  it('with reads of its list shows the complete list, or 404', async () => {
    const project = await newProject(stack.api);
    await times(10, (index) => create(project, `Persona ${index}`));
    const [, ...answers] = await Promise.all([
      stack.api.delete(`/projects/${project.id}`),
      ...Array.from({ length: 10 }, () => project.get('/personas')),
    ]);
    for (const { status, body } of answers) {
      expect([200, 404]).toContain(status);
      if (status === 200) expect(body).toHaveLength(10);
    }
  });
});

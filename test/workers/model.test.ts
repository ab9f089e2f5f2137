import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { checkProject } from '../../functions/upkeep/check.ts';
import { type Answer, type Client, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';
import { mentionsOf } from '../support/stored.ts';

/** Without drawn portraits, which clean-up.test.ts covers. */
const stack = useStack({ environment: { KEEP_PORTRAITS: '0' } });

interface Persona {
  readonly name: string;
  readonly description?: string;
  readonly imageUrl?: string;
}

/** A simple model of a project. */
interface Model {
  readonly personas: Map<string, Persona>;
  readonly images: Set<string>;
}

interface Real {
  readonly project: Client & { readonly id: string };
}

type Command = fc.AsyncCommand<Model, Real>;

/** The nth entry, if there is one. */
const nth = <T>(all: Iterable<T>, index: number): T | undefined => {
  const list = [...all];
  return list[index % Math.max(1, list.length)];
};

/** Creates a command; its parameters are printed on failure. */
const command = (name: string, given: unknown, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => `${name} ${JSON.stringify(given)}`,
});

const nameTaken = ({ personas }: Model, name: string, but?: string) =>
  [...personas].some(([id, persona]) => id !== but && persona.name === name);

const create = (name: string) =>
  command('create', name, async (model, { project }) => {
    const { status, body } = await project.post('/personas', { name });
    expect(status).toBe(nameTaken(model, name) ? 409 : 201);
    if (status === 201) model.personas.set(body.id, { name });
  });

const edit = (index: number, changes: { name?: string; description?: string | null }) =>
  command('edit', [index, changes], async (model, { project }) => {
    const id = nth(model.personas.keys(), index);
    if (!id) return;
    const { status } = await project.put(`/personas/${id}`, changes);
    const taken = changes.name !== undefined && nameTaken(model, changes.name, id);
    expect(status).toBe(taken ? 409 : 200);
    if (taken) return;
    const { description, ...rest } = { ...model.personas.get(id), name: '', ...model.personas.get(id), ...changes };
    model.personas.set(id, { ...rest, ...(description != null && { description }) });
  });

const give = (index: number, imageIndex: number) =>
  command('give', [index, imageIndex], async (model, { project }) => {
    const [id, imageUrl] = [nth(model.personas.keys(), index), nth(model.images, imageIndex)];
    const persona = model.personas.get(id ?? '');
    if (!persona || !imageUrl) return;
    expect((await project.put(`/personas/${id}`, { imageUrl })).status).toBe(200);
    model.personas.set(id ?? '', { ...persona, imageUrl });
  });

const duplicate = (index: number) =>
  command('duplicate', index, async (model, { project }) => {
    const persona = model.personas.get(nth(model.personas.keys(), index) ?? '');
    const id = nth(model.personas.keys(), index);
    if (!persona) return;
    const { status, body } = await project.post(`/personas/${id}/duplicate`);
    expect([status, body.imageUrl, nameTaken(model, body.name)]).toEqual([201, persona.imageUrl, false]);
    model.personas.set(body.id, { ...persona, name: body.name });
  });

const remove = (index: number) =>
  command('remove', index, async (model, { project }) => {
    const id = nth(model.personas.keys(), index);
    if (!id) return;
    expect((await project.delete(`/personas/${id}`)).status).toBe(204);
    expect((await project.delete(`/personas/${id}`)).status).toBe(404);
    model.personas.delete(id);
  });

const upload = () =>
  command('upload', '', async ({ images }, { project }) => {
    const { body } = await project.post('/images', { imageBase64: png().toString('base64'), role: 'any' });
    images.add(body.id);
  });

const removeImage = (index: number) =>
  command('removeImage', index, async ({ images, personas }, { project }) => {
    const imageId = nth(images, index);
    if (!imageId) return;
    expect((await project.delete(`/images/${imageId}`)).status).toBe(204);
    images.delete(imageId);
    for (const [id, { imageUrl, ...persona }] of personas) if (imageUrl === imageId) personas.set(id, persona);
  });

const cleanUp = () => command('cleanUp', '', () => stack.drain());

const index = fc.nat(9);
const name = fc.constantFrom('Ada', 'Bea', 'Cäcilie', 'Dora');
const changes = fc.record(
  { name, description: fc.constantFrom('Calm', 'Loud', null) },
  { requiredKeys: [] },
) as fc.Arbitrary<{ name?: string; description?: string | null }>;

const commands = fc.commands(
  [
    name.map(create),
    fc.tuple(index, changes).map(([at, given]) => edit(at, given)),
    fc.tuple(index, index).map(([at, image]) => give(at, image)),
    index.map(duplicate),
    index.map(remove),
    fc.constant(upload()),
    index.map(removeImage),
    fc.constant(cleanUp()),
  ],
  { maxCommands: 25 },
);

/** Everything that a caller sees of a project. */
async function seen({ project }: Real) {
  const { body: personas } = await project.get('/personas');
  const { body: images } = await project.get('/images?role=any');
  return {
    personas: personas
      .map(({ id, name, description, imageUrl }: Persona & { id: string }) => ({ id, name, description, imageUrl }))
      .toSorted(byId),
    images: images.ids.toSorted(),
  };
}

const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);

const expected = ({ personas, images }: Model) => ({
  personas: [...personas]
    .map(([id, { name, description, imageUrl }]) => ({ id, name, description, imageUrl }))
    .toSorted(byId),
  images: [...images].toSorted(),
});

const limits = () => ({ storedBefore: new Date(Date.now() + 1000), keepPortraits: 0 });

async function newReal(): Promise<Real> {
  return { project: await newProject(stack.api) };
}

it('equals a simple model, whatever a caller does, and has nothing left after deletion', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (program) => {
      const [model, real] = [{ personas: new Map(), images: new Set<string>() }, await newReal()];
      await fc.asyncModelRun(() => ({ model, real }), program);
      expect(await seen(real)).toEqual(expected(model));
      await stack.drain();
      expect(await seen(real)).toEqual(expected(model));
      expect(await checkProject(real.project.id, limits(), 1)).toEqual([]);
      await real.project.delete('');
      await stack.drain();
      expect(await mentionsOf(real.project.id)).toEqual([]);
    }),
    { numRuns: 12 },
  );
});

/** The actions of one of several concurrent callers, with the ids that it knows. */
const careless = (project: Client, known: { personas: string[]; images: string[] }) => ({
  create: (at: number) => project.post('/personas', { name: `Persona ${at % 4}` }),
  edit: (at: number) => project.put(`/personas/${nth(known.personas, at)}`, { description: `${at}` }),
  rename: (at: number) => project.put(`/personas/${nth(known.personas, at)}`, { name: `Persona ${at % 4}` }),
  give: (at: number) =>
    project.put(`/personas/${nth(known.personas, at)}`, { imageUrl: nth(known.images, at) ?? null }),
  duplicate: (at: number) => project.post(`/personas/${nth(known.personas, at)}/duplicate`),
  remove: (at: number) => project.delete(`/personas/${nth(known.personas, at)}`),
  upload: () => project.post('/images', { imageBase64: png().toString('base64'), role: 'any' }),
  removeImage: (at: number) => project.delete(`/images/${nth(known.images, at)}`),
});
type Deed = keyof ReturnType<typeof careless>;
const deeds: readonly Deed[] = ['create', 'edit', 'rename', 'give', 'duplicate', 'remove', 'upload', 'removeImage'];

const script = fc.array(fc.tuple(fc.constantFrom(...deeds), fc.nat(20)), { minLength: 3, maxLength: 10 });

it('is consistent after concurrent calls and clean-up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(script, { minLength: 3, maxLength: 4 }), async (scripts) => {
      const { project } = await newReal();
      const known = { personas: ['Ada', 'Bea'].map(() => ''), images: [''] };
      for (const [at, first] of ['Ada', 'Bea'].entries())
        known.personas[at] = (await project.post('/personas', { name: first })).body.id;
      const picture = { imageBase64: png().toString('base64'), role: 'any' };
      known.images[0] = (await project.post('/images', picture)).body.id;
      const answers: Answer[] = [];
      const follow = async (steps: readonly (readonly [Deed, number])[]) => {
        const caller = careless(project, known);
        for (const [deed, at] of steps) {
          const answer = await caller[deed](at);
          answers.push(answer);
          if (answer.status === 201 && answer.body.name) known.personas.push(answer.body.id);
          else if (answer.status === 201) known.images.push(answer.body.id);
        }
      };
      await Promise.all([...scripts.map(follow), stack.drain()]);
      for (const { status } of answers) expect([200, 201, 204, 400, 404, 409]).toContain(status);
      await stack.drain();
      const { body: personas } = await project.get('/personas');
      expect(new Set(personas.map(({ name }: Persona) => name)).size).toBe(personas.length);
      for (const { imageUrl } of personas)
        if (imageUrl) expect((await project.get(`/images/${imageUrl}`)).status).toBe(200);
      expect(await checkProject(project.id, limits(), 1)).toEqual([]);
      await project.delete('');
      await stack.drain();
      expect(await mentionsOf(project.id)).toEqual([]);
    }),
    { numRuns: 12 },
  );
});

vi.setConfig({ testTimeout: 120_000 });

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { withDeadline } from '../../functions/domain/deadline.ts';
import { parse } from '../../functions/domain/parse.ts';
import { PersonaBatch } from '../../functions/domain/persona-batch.ts';
import * as batches from '../../functions/storage/batches.ts';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';
import { type Call, refuse } from '../support/recorder.ts';
import { useRecorder } from '../support/use-recorder.ts';

const stack = useStack();
const recorder = useRecorder('AWS_ENDPOINT_URL_DYNAMODB');

let project: Client & { readonly id: string };
beforeEach(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  project = await newProject(stack.api);
  recorder.forget();
});

const unavailable = (name: string) => ({
  status: 'failed',
  name,
  error: expect.any(String),
  code: 'storage_unavailable',
});
const named = (...names: string[]) => names.map((name) => ({ name }));
const batch = async (personas: readonly object[], options: object = {}): Promise<Json[]> => {
  const { status, body } = await project.post('/personas/batch', { personas, ...options });
  expect(status).toBe(200);
  return body.results;
};
const list = async (): Promise<Json[]> => (await project.get('/personas')).body;
const namesIn = async () => (await list()).map(({ name }) => name).toSorted();

/** Whether a call writes a persona or its name, or reads the name. */
const isAbout = ({ operation, input }: Call, name: string): boolean =>
  /Write|Put|Update|GetItem/.test(operation) && JSON.stringify(input).includes(`NAME#${name}"`);

describe('a batch', () => {
  it('creates each persona in its own transaction, and reads the project once', async () => {
    await batch(named('Ada', 'Ben', 'Cleo'));
    expect(recorder.calls.map(({ operation }) => operation).toSorted()).toEqual([
      'GetItem',
      'TransactWriteItems',
      'TransactWriteItems',
      'TransactWriteItems',
    ]);
  });

  it('creates each persona once, even if answers of the table are lost', async () => {
    let lost = 0;
    recorder.intercept(async ({ operation }, response, forward) => {
      if (operation !== 'TransactWriteItems' || ++lost > 3) return;
      await forward();
      response.destroy();
    });
    const results = await batch(named('Ada', 'Ben', 'Cleo'));
    expect(results.map(({ status }) => status)).toEqual(Array(3).fill('created'));
    expect((await list()).map(({ id }) => id)).toEqual(results.map(({ id }) => id));
    expect(lost).toBeGreaterThan(3);
  });

  it.each(['fail', 'skip', 'rename', 'replace'])('reports which personas the table refused: %s', async (onConflict) => {
    recorder.intercept((call, response) => {
      if (isAbout(call, 'Ben')) refuse(response, 500, 'InternalServerError');
    });
    const results = await batch(named('Ada', 'Ben', 'Cleo'), { onConflict });
    expect(results).toEqual([
      { status: 'created', id: expect.any(String), name: 'Ada' },
      unavailable('Ben'),
      { status: 'created', id: expect.any(String), name: 'Cleo' },
    ]);
    recorder.intercept();
    expect(await namesIn()).toEqual(['Ada', 'Cleo']);
    expect((await batch(named('Ada', 'Ben', 'Cleo'), { onConflict: 'skip' })).map(({ status }) => status)).toEqual([
      'skipped',
      'created',
      'skipped',
    ]);
  });

  it('reports and logs a fault with one persona, without its message', async () => {
    recorder.intercept((call, response) => {
      if (isAbout(call, 'Ben')) refuse(response, 400, 'ValidationException');
    });
    expect(await batch(named('Ada', 'Ben'))).toEqual([
      { status: 'created', id: expect.any(String), name: 'Ada' },
      { status: 'failed', name: 'Ben', error: 'Internal server error', code: 'internal_error' },
    ]);
    const lines = vi.mocked(console.error).mock.calls.flat();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0])).toMatchObject({ level: 'ERROR', name: 'ValidationException' });
  });

  it('starts no persona after the deadline', async () => {
    const wanted = parse(PersonaBatch, { personas: named('Ada', 'Ben') });
    const { result } = await withDeadline(0, () => batches.create({ projectId: project.id }, wanted));
    expect(result.map(({ status }) => status)).toEqual(['failed', 'failed']);
    expect(recorder.calls.map(({ operation }) => operation)).toEqual(['GetItem']);
    expect(await list()).toEqual([]);
  });

  it('answers at the deadline, whatever the table does', async () => {
    recorder.intercept((call) => (isAbout(call, 'Ben') ? new Promise(() => {}) : undefined));
    const wanted = parse(PersonaBatch, { personas: named('Ada', 'Ben', 'Ben') });
    const { result } = await withDeadline(2_500, () => batches.create({ projectId: project.id }, wanted));
    expect(result).toEqual([
      { status: 'created', id: expect.any(String), name: 'Ada' },
      { status: 'failed', name: 'Ben', cause: expect.objectContaining({ code: 'storage_unavailable' }) },
      { status: 'failed', name: 'Ben', cause: expect.objectContaining({ code: 'storage_unavailable' }) },
    ]);
  });

  it('replaces fields on top of concurrent changes', async () => {
    const { body: ada } = await project.post('/personas', { name: 'Ada', description: 'First' });
    let interrupted = false;
    recorder.intercept(async ({ operation }) => {
      if (operation !== 'UpdateItem' || interrupted) return;
      interrupted = true;
      await project.put(`/personas/${ada.id}`, { systemPrompt: 'You count.' });
    });
    const [result] = await batch([{ name: 'Ada', description: 'Second' }], { onConflict: 'replace' });
    expect(result).toEqual({ status: 'replaced', id: ada.id, name: 'Ada' });
    expect((await list())[0]).toMatchObject({ description: 'Second', systemPrompt: 'You count.' });
  });

  it.each([
    ['renamed', (id: string) => project.put(`/personas/${id}`, { name: 'Other' })],
    ['deleted', (id: string) => project.delete(`/personas/${id}`)],
  ])('creates a persona if the one to replace is %s meanwhile', async (_what, interrupt) => {
    const { body: ada } = await project.post('/personas', { name: 'Ada', description: 'First' });
    let interrupted = false;
    recorder.intercept(async ({ operation, input }) => {
      if (operation !== 'GetItem' || !input.Key.SK.S.startsWith('PERSONA#') || interrupted) return;
      interrupted = true;
      await interrupt(ada.id);
    });
    const [result] = await batch([{ name: 'Ada', tags: ['new'] }], { onConflict: 'replace' });
    expect(result).toEqual({ status: 'created', id: expect.any(String), name: 'Ada' });
    expect(result.id).not.toBe(ada.id);
    expect((await project.get(`/personas/${result.id}`)).body).toMatchObject({ name: 'Ada', tags: ['new'] });
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Api } from './api.ts';
import { imageIds, type Run } from './run.ts';

/** Runs a check and tells how it went; a failure goes on to whoever asked. */
export type Check = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

export interface Scene {
  /** Where the API answers, with the stage, if any. */
  readonly url: string;
  readonly api: Api;
  readonly run: Run;
  readonly check: Check;
  readonly skip: (name: string, reason: string) => void;
  /** Tells what a check waits for. */
  readonly note: (text: string) => void;
  readonly hasKey: boolean;
  /** For the first answer of an API that was deployed a moment ago. */
  readonly patienceMs: number;
}

/** A PNG, 3 pixels wide and 2 high. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAACddGYaAAAAIUlEQVR4AQXBAQEAIAyAMG4Xy5iPOHS723DfqqicioqKD40KC4bIOGklAAAAAElFTkSuQmCC',
  'base64',
);

/** The API from its status to the end of a persona. Whatever it made and did not remove is left to `sweep`. */
export async function tell(scene: Scene): Promise<void> {
  const { url, api, run, check, skip, hasKey } = scene;
  await check('status says that the API is well', async () => (await firstAnswer(scene)).is(200, { status: 'ok' }));
  if (hasKey) {
    await check('a call without a key is refused', async () => {
      const answer = await api('GET', '/api/projects', { withoutKey: true });
      // SAM's server answers so where an authorizer refuses.
      const isSam = answer.headers.get('server')?.startsWith('Werkzeug/');
      if (!isSam || answer.status !== 502) answer.is(401, { code: 'unauthorized' });
    });
  }
  const project = run.projectId
    ? `/api/projects/${run.projectId}`
    : await check('a project is made', () => make(scene));
  const { llmSettings } = await check('its settings are there', async () =>
    (await api('GET', `${project}/config`)).is(200, { version: 3, ...(!run.projectId && { name: run.mark }) }).fields(),
  );

  const personas = `${project}/personas`;
  const given = {
    name: run.mark,
    description: 'Made by the smoke test; may be deleted',
    headers: { 'X-Smoke': 'yes' },
  };
  const made = await check('a persona is made', async () =>
    (await api('POST', personas, { body: given })).is(201, given),
  );
  const persona = `${personas}/${made.text('id')}`;
  await check('its Location leads to it', async () =>
    made.holds('Location', new URL(url + persona).pathname, made.headers.get('location')),
  );
  await check('it is read back as it was made', async () => (await api('GET', persona)).is(200, made.fields()));
  await check('it is in the list, once', async () => {
    const answer = (await api('GET', personas)).is(200);
    answer.holds(
      'personas of this run',
      [made.fields()],
      answer.list().filter(({ id }) => id === made.fields().id),
    );
  });
  await check('a portrait without a system prompt is refused', async () =>
    (await api('POST', `${persona}/generate-image`)).is(400, {
      error: 'Persona must have a system prompt to generate an image',
    }),
  );
  const name = `${run.mark}, renamed`;
  const changes = { name, systemPrompt: 'You are a test.' };
  await check('it is renamed and keeps the rest', async () =>
    (await api('PUT', persona, { body: changes })).is(200, { ...given, ...changes }),
  );
  await check('a second one of that name is refused', async () =>
    (await api('POST', personas, { body: { name } })).is(409, {
      error: `Persona with name "${name}" already exists`,
      code: 'persona_name_taken',
    }),
  );
  const undrawn = 'a portrait without a provider is refused';
  if (llmSettings) skip(undrawn, 'the project has one, and a portrait costs money');
  else {
    await check(undrawn, async () =>
      (await api('POST', `${persona}/generate-image`)).is(400, {
        error: 'No LLM provider configured. Configure one in Settings > LLM Providers.',
      }),
    );
  }

  await imageRoundTrip(scene, `${project}/images`);

  await gone(scene, 'the persona is deleted', persona, 'Persona not found');
  if (!run.projectId) await gone(scene, 'the project is deleted', project, 'Project not found', `${project}/config`);
}

async function imageRoundTrip(scene: Scene, images: string): Promise<void> {
  const { api, run, check } = scene;
  const body = { imageBase64: picture.toString('base64'), role: run.role };
  const uploaded = await check('an image is uploaded', async () => (await api('POST', images, { body })).is(201));
  const id = uploaded.text('id');
  const image = `${images}/${id}`;
  await check('its role lists it', async () => {
    const answer = await api('GET', `${images}?role=${run.role}`);
    answer.holds('ids', [id], imageIds(answer));
  });
  const etag = await check('its very bytes come back', async () => {
    const answer = (await api('GET', image)).is(200);
    answer.holds('Content-Type', 'image/png', answer.headers.get('content-type'));
    answer.must(
      answer.bytes.equals(picture),
      `the ${picture.length} bytes that were sent`,
      `${answer.bytes.length} others`,
    );
    const tag = answer.headers.get('etag') ?? '';
    answer.must(/^"[^"]+"$/.test(tag), 'a strong ETag', tag || 'none');
    return tag;
  });
  await check('with that ETag they are not sent again', async () =>
    (await api('GET', image, { headers: { 'If-None-Match': etag } })).is(304),
  );
  await gone(scene, 'the image is deleted', image, 'Image not found');
}

async function make({ api, run }: Scene): Promise<string> {
  const hint = ' (only the admin key makes projects; with a project key, give --project ID)';
  const answer = (await api('POST', '/api/projects', { body: { name: run.mark } })).is(201, { name: run.mark }, hint);
  return `/api/projects/${answer.text('id')}`;
}

/** Deletes what is at the path, and looks whether it is gone, there or where `seenAt` tells. */
async function gone({ api, check }: Scene, name: string, path: string, error: string, seenAt = path): Promise<void> {
  await check(name, async () => {
    (await api('DELETE', path)).is(204);
    (await api('GET', seenAt)).is(404, { error });
  });
}

/** API Gateway answers 403 or 404 for some seconds after a deployment. */
async function firstAnswer({ api, note, patienceMs }: Scene): Promise<Answer> {
  const end = Date.now() + patienceMs;
  for (let tries = 0; ; tries++) {
    const answer = await api('GET', '/api/status', { withoutKey: true });
    const left = end - Date.now();
    if (answer.status === 200 || left <= 0) return answer;
    if (tries === 0)
      note(`It answers ${answer.status}. Waiting up to ${Math.ceil(left / 1000)} s for it to become well.`);
    await sleep(Math.min(1000, left));
  }
}

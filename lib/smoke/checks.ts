import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './api.ts';
import type { CheckContext } from './context.ts';
import { checkGateway } from './gateway.ts';
import { imageIds } from './run.ts';

/** A PNG, 3 pixels wide and 2 high. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAACddGYaAAAAIUlEQVR4AQXBAQEAIAyAMG4Xy5iPOHS723DfqqicioqKD40KC4bIOGklAAAAAElFTkSuQmCC',
  'base64',
);

/** Runs the checks, from the status to the deletion of a persona. After a failure, `sweep` removes what is left. */
export async function runChecks(context: CheckContext): Promise<void> {
  const { url, api, run, check, skip, key } = context;
  const status = await check('the status is ok', async () => (await firstAnswer(context)).is(200, { status: 'ok' }));
  const isSam = status.headers.get('server')?.startsWith('Werkzeug/');
  if (isSam) skip("the gateway's own answers", 'it is SAM, which has other ones');
  else await checkGateway(context);
  if (key) {
    const refused = (answer: Answer) => {
      // SAM answers 502 if the authorizer refuses.
      if (!isSam || answer.status !== 502) answer.is(401, { code: 'unauthorized' });
    };
    await check('a call without a key is refused', async () =>
      refused(await api('GET', '/api/projects', { withoutKey: true })),
    );
    await check('a wrong key is refused', async () =>
      refused(await api('GET', '/api/projects', { headers: { Authorization: `Bearer ${key}x` } })),
    );
  }
  const project = run.projectId
    ? `/api/projects/${run.projectId}`
    : await check('a project is created', () => createProject(context));
  const { llmSettings } = await check('its settings are returned', async () =>
    (await api('GET', `${project}/config`)).is(200, { version: 3, ...(!run.projectId && { name: run.mark }) }).fields(),
  );

  if (!isSam) {
    await check('its settings are returned with a trailing slash, too', async () =>
      (await api('GET', `${project}/config/`)).is(200, { version: 3 }),
    );
  }

  const personas = `${project}/personas`;
  const given = {
    name: run.mark,
    description: 'Created by the smoke test; may be deleted',
    headers: { 'X-Smoke': 'yes' },
    tags: [run.mark],
  };
  const once = { 'Idempotency-Key': run.mark };
  const made = await check('a persona is created', async () =>
    (await api('POST', personas, { body: given, headers: once })).is(201, given),
  );
  await check('repeated with its Idempotency-Key, it is not created again', async () => {
    const again = (await api('POST', personas, { body: given, headers: once })).is(201, made.fields());
    again.holds('Idempotency-Replayed', 'true', again.headers.get('idempotency-replayed'));
  });
  const persona = `${personas}/${made.text('id')}`;
  await check('its Location is right', async () =>
    made.holds('Location', new URL(url + persona).pathname, made.headers.get('location')),
  );
  await check('it is returned as it was created', async () => (await api('GET', persona)).is(200, made.fields()));
  await check('it is in the list once', async () => {
    const answer = (await api('GET', personas)).is(200);
    answer.holds(
      'personas of this run',
      [made.fields()],
      answer.list().filter(({ id }) => id === made.fields().id),
    );
  });
  await check('it is found by its tag and by its name', async () => {
    const query = new URLSearchParams({ tag: run.mark, q: run.mark.toUpperCase(), limit: '10' });
    const answer = (await api('GET', `${personas}?${query}`)).is(200);
    answer.holds('personas of this run', [made.fields()], answer.list());
  });
  await check('HEAD of the list has the headers of GET', () =>
    headOf(context, personas, 'application/json; charset=utf-8'),
  );
  await check('a portrait without a system prompt is refused', async () =>
    (await api('POST', `${persona}/generate-image`)).is(400, {
      error: 'Persona must have a system prompt to generate an image',
    }),
  );
  const name = `${run.mark}, renamed`;
  const changes = { name, systemPrompt: 'You are a test.' };
  await check('it is renamed and keeps its other fields', async () =>
    (await api('PUT', persona, { body: changes })).is(200, { ...given, ...changes }),
  );
  await check('a second persona of that name is refused', async () =>
    (await api('POST', personas, { body: { name } })).is(409, {
      error: `Persona with name "${name}" already exists`,
      code: 'persona_name_taken',
    }),
  );
  const copy = await check('it is duplicated', async () =>
    (await api('POST', `${persona}/duplicate`)).is(201, { ...given, ...changes, name: `${name} (2)` }),
  );
  const another = `${run.mark}, another`;
  const batch = await check('a batch returns the result of each entry', async () => {
    const answer = (await api('POST', `${personas}/batch`, { body: { personas: [{ name: another }, { name }] } })).is(
      200,
    );
    const results = answer.fields().results as { status?: string; id?: string; name?: string }[];
    answer.holds(
      'results',
      [
        ['created', another],
        ['failed', name],
      ],
      results.map((result) => [result.status, result.name]),
    );
    return results;
  });
  const undrawn = 'a portrait without a provider is refused';
  if (llmSettings) skip(undrawn, 'the project has a provider, and a portrait costs money');
  else {
    await check(undrawn, async () =>
      (await api('POST', `${persona}/generate-image`)).is(400, {
        error: 'No LLM provider configured. Configure one in Settings > LLM Providers.',
      }),
    );
  }

  await imageRoundTrip(context, `${project}/images`);

  await checkDeletion(context, 'the persona is deleted', persona, 'Persona not found');
  await checkDeletion(context, 'its duplicate is deleted', `${personas}/${copy.text('id')}`, 'Persona not found');
  await checkDeletion(
    context,
    'the persona of the batch is deleted',
    `${personas}/${batch[0]?.id}`,
    'Persona not found',
  );
  if (!run.projectId)
    await checkDeletion(context, 'the project is deleted', project, 'Project not found', `${project}/config`);
}

async function imageRoundTrip(context: CheckContext, images: string): Promise<void> {
  const { api, run, check } = context;
  const body = { imageBase64: picture.toString('base64'), role: run.role };
  const uploaded = await check('an image is uploaded', async () => (await api('POST', images, { body })).is(201));
  const id = uploaded.text('id');
  const image = `${images}/${id}`;
  await check('it is in the list of its role', async () => {
    const answer = await api('GET', `${images}?role=${run.role}`);
    answer.holds('ids', [id], imageIds(answer));
  });
  const etag = await check('its bytes are returned unchanged', async () => {
    const answer = (await api('GET', image)).is(200);
    answer.holds('Content-Type', 'image/png', answer.headers.get('content-type'));
    answer.must(
      answer.bytes.equals(picture),
      `the ${picture.length} bytes that were sent`,
      `${answer.bytes.length} other bytes`,
    );
    const tag = answer.headers.get('etag') ?? '';
    answer.must(/^"[^"]+"$/.test(tag), 'a strong ETag', tag || 'none');
    return tag;
  });
  await check('with that ETag, the answer is 304', async () =>
    (await api('GET', image, { headers: { 'If-None-Match': etag } })).is(304),
  );
  await check('HEAD of the image has the headers of GET', () => headOf(context, image, 'image/png', etag));
  await check('an unknown image is not found', async () =>
    (await api('GET', `${images}/00000000-0000-7000-8000-000000000000.png`)).is(404, { error: 'Image not found' }),
  );
  await checkDeletion(context, 'the image is deleted', image, 'Image not found');
}

/** Checks HEAD of a streamed route. */
async function headOf(
  { api }: CheckContext,
  path: string,
  contentType: string,
  etag: string | null = null,
): Promise<void> {
  const answer = (await api('HEAD', path)).is(200);
  answer.holds('Content-Type', contentType, answer.headers.get('content-type'));
  answer.holds('ETag', etag, answer.headers.get('etag'));
  answer.holds('bytes of the body', 0, answer.bytes.length);
}

async function createProject({ api, run }: CheckContext): Promise<string> {
  const hint = ' (only the admin key may create projects; with a project key, use --project ID)';
  const answer = (await api('POST', '/api/projects', { body: { name: run.mark } })).is(201, { name: run.mark }, hint);
  return `/api/projects/${answer.text('id')}`;
}

/** Deletes a path, and checks that it, or `seenAt`, is answered 404. */
async function checkDeletion(
  { api, check }: CheckContext,
  name: string,
  path: string,
  error: string,
  seenAt = path,
): Promise<void> {
  await check(name, async () => {
    (await api('DELETE', path)).is(204);
    (await api('GET', seenAt)).is(404, { error });
  });
}

/** Waits for the status: API Gateway answers 403 or 404 for some seconds after a deployment. */
async function firstAnswer({ api, note, patienceMs }: CheckContext): Promise<Answer> {
  const end = Date.now() + patienceMs;
  for (let tries = 0; ; tries++) {
    const answer = await api('GET', '/api/status', { withoutKey: true });
    const left = end - Date.now();
    if (answer.status === 200 || left <= 0) return answer;
    if (tries === 0)
      note(`The status is answered ${answer.status}. Waiting up to ${Math.ceil(left / 1000)} s for 200.`);
    await sleep(Math.min(1000, left));
  }
}

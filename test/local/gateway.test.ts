import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, it } from 'vitest';
import { type Handler, invoke } from '../../lib/local/runtime.ts';
import { newProject, useStack } from '../support/api.ts';
import { pngOf } from '../support/pictures.ts';

const stack = useStack();

/** Reads the head and the first part of an answer, then hangs up. */
async function hangUp(url: string): Promise<void> {
  const call = send(url, { agent: false, headers: { Authorization: `Bearer ${stack.adminKey}` } });
  call.end();
  const [answer]: IncomingMessage[] = await once(call, 'response');
  await once(answer ?? call, 'data');
  call.destroy();
}

it('serves images after 120 aborted downloads', async () => {
  const project = await newProject(stack.api);
  const imageBase64 = pngOf(1_000_000).toString('base64');
  const { body } = await project.post('/images', { imageBase64, role: 'large' });
  for (let left = 120; left > 0; left -= 10) {
    await Promise.all(Array.from({ length: 10 }, () => hangUp(`${project.base}/images/${body.id}`)));
  }
  expect((await project.get(`/images/${body.id}`)).status).toBe(200);
});

it("frees an answer when it is sent, whatever the function's timeout", async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const held = () => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const megabyte = 'x'.repeat(1_000_000);
  const handler = async () => ({ statusCode: 200, headers: {}, body: megabyte });
  const before = held();
  for (let calls = 0; calls < 100; calls++) await invoke(handler, {} as APIGatewayProxyEvent, 900);
  expect(held() - before).toBeLessThan(20_000_000);
});

it('breaks a stream off when its function times out', async () => {
  const handler = awslambda.streamifyResponse(async (_event, stream) => {
    awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: {} }).write('half');
  });
  const { body } = await invoke(handler as Handler, {} as APIGatewayProxyEvent, 0.05);
  await expect(buffer(body as Readable)).rejects.toThrow('Task timed out after 0.05 seconds');
});

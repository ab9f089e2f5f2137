/** Running drawings, which continue while the user visits other views. */

import { signal } from '@preact/signals';
import { api, once, pause, secondsOf } from './api.ts';
import { CallFailure, failureOf } from './call-failure.ts';
import { type Version, versionOf } from './version.ts';
import { arrive } from './versions.ts';

export interface Drawing {
  /** In milliseconds since 1970. */
  readonly since: number;
  readonly idempotency: { readonly 'Idempotency-Key': string };
  readonly failure?: CallFailure;
}

/** By persona id: running drawings, and failed ones until they are retried. */
export const drawings = signal<ReadonlyMap<string, Drawing>>(new Map());

function keep(personaId: string, drawing: Drawing | undefined): void {
  const others = new Map(drawings.value);
  if (drawing) others.set(personaId, drawing);
  else others.delete(personaId);
  drawings.value = others;
}

const ours = ['timeout', 'throttled', 'internal_error', 'storage_unavailable'];

/** Whether the outcome is unknown. Repeating the same request returns it and costs nothing. */
const isOpen = ({ status, code }: CallFailure) => status === 0 || ours.includes(code);

/** Draws a portrait. Does nothing while one is being drawn. */
export async function draw(projectId: string, personaId: string): Promise<void> {
  const before = drawings.value.get(personaId);
  if (before && !before.failure) return;
  const idempotency = before?.failure && isOpen(before.failure) ? before.idempotency : once();
  const drawing: Drawing = { since: Date.now(), idempotency };
  keep(personaId, drawing);
  try {
    arrive(projectId, await ask(projectId, personaId, idempotency));
    keep(personaId, undefined);
  } catch (error) {
    keep(personaId, { ...drawing, failure: failureOf(error) });
  }
}

/** Sends the request. If it is still running, as after a lost connection, waits for its outcome. */
async function ask(projectId: string, personaId: string, headers: Drawing['idempotency']): Promise<Version> {
  for (;;) {
    const params = { path: { projectId, personaId } };
    const asked = api.POST('/api/projects/{projectId}/personas/{personaId}/generate-image', { params, headers });
    const { data, error, response } = await asked;
    if (response.ok && data) return versionOf({ data, response });
    const failure = new CallFailure(response, error);
    if (failure.code !== 'idempotency_in_progress') throw failure;
    await pause(secondsOf(response, 2));
  }
}

/** Portraits that are being drawn. They go on while the person looks elsewhere. */

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

/** By persona id: what is under way, and what failed until it is tried again. */
export const drawings = signal<ReadonlyMap<string, Drawing>>(new Map());

function keep(personaId: string, drawing: Drawing | undefined): void {
  const others = new Map(drawings.value);
  if (drawing) others.set(personaId, drawing);
  else others.delete(personaId);
  drawings.value = others;
}

const ours = ['timeout', 'throttled', 'internal_error', 'storage_unavailable'];

/** Whether the provider's answer is not known: the same request, asked again, finds it out and buys nothing. */
const isOpen = ({ status, code }: CallFailure) => status === 0 || ours.includes(code);

/** Draws a portrait. An impatient second call does nothing. */
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

/** Where the same request is still at it, as after a lost connection, waits for its outcome. */
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

import { PersonaPath } from './domain/persona.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { streamingLambda } from './http/lambda.ts';
import { ok, replayed } from './http/reply.ts';
import { drawingSettings } from './portraits/drawing-settings.ts';
import { wasDrawn } from './storage/drawings.ts';
import * as personas from './storage/personas.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath },
  async handle({ path, idempotent }) {
    if (idempotent) await projects.mustExist(path);
    const isReplay = idempotent !== undefined && (await wasDrawn(path, idempotent));
    const { persona, tag, project } = await personas.get(path);
    if (isReplay) return replayed(ok(persona, tag), true);
    const settings = drawingSettings(persona, project);
    // Loaded here, so that a cold start that ends in a refusal does not load the clients of S3, KMS and OpenAI.
    const { drawPortrait } = await import('./portraits/draw-portrait.ts');
    const drawn = await drawPortrait(path, persona, settings, idempotent);
    const { all, sent } = drawn.references;
    return ok(drawn.persona, drawn.tag, all > 0 ? { 'X-Style-References': `${sent} of ${all}` } : {});
  },
});

export const handler = streamingLambda(endpoint);

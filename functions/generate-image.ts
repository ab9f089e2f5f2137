import { PersonaPath } from './domain/persona.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { streamingLambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import { drawingSettings } from './portraits/drawing-settings.ts';
import * as personas from './storage/personas.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath },
  async handle({ path }) {
    const { persona, project } = await personas.get(path);
    const settings = drawingSettings(persona, project);
    // A cold start that ends in a refusal does not load what only a drawing needs.
    const { drawPortrait } = await import('./portraits/draw-portrait.ts');
    const drawn = await drawPortrait(path, persona, settings);
    const { all, sent } = drawn.references;
    return ok(drawn.persona, drawn.tag, all > 0 ? { 'X-Style-References': `${sent} of ${all}` } : {});
  },
});

export const handler = streamingLambda(endpoint);

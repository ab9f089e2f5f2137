import { showsNothing } from '../domain/name.ts';
import type { Persona } from '../domain/persona.ts';
import type { Project, SealedKey } from '../domain/project.ts';
import { providerMissing, providerUnsupported, systemPromptMissing } from '../domain/refusal.ts';
import { setting } from '../domain/settings.ts';

/** How many portraits of a project are drawn in a day (UTC) where the project does not say. */
const imagesPerDay = 200;

/** What a portrait is drawn with. */
export interface DrawingSettings {
  readonly key: SealedKey;
  /** Undefined where the project names none. */
  readonly model: string | undefined;
  readonly maxImagesPerDay: number;
}

/** Refuses, in this order, a persona without a system prompt and a project without an OpenAI provider. */
export function drawingSettings(persona: Persona, { llm, maxImagesPerDay = imagesPerDay }: Project): DrawingSettings {
  if (showsNothing(persona.systemPrompt ?? '')) throw systemPromptMissing();
  if (!llm) throw providerMissing();
  if (llm.provider !== 'openai') throw providerUnsupported();
  return {
    key: llm.key,
    model: llm.models.image,
    maxImagesPerDay: Math.min(maxImagesPerDay, Number(setting('MAX_IMAGES_PER_DAY'))),
  };
}

import { showsNothing } from '../domain/name.ts';
import type { Persona } from '../domain/persona.ts';
import type { EncryptedKey, Project } from '../domain/project.ts';
import { providerMissing, providerUnsupported, systemPromptMissing } from '../domain/refusal.ts';
import { setting } from '../domain/settings.ts';

/** The default of a project's `maxImagesPerDay`. */
const imagesPerDay = 200;

/** The settings for drawing a portrait. */
export interface DrawingSettings {
  readonly key: EncryptedKey;
  /** Undefined: the deployment's default. */
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

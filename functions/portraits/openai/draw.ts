import { createHash } from 'node:crypto';
import OpenAI, { toFile } from 'openai';
import type { Image } from '../../domain/image.ts';
import { readImageHeader } from '../../domain/image-header.ts';
import type { Persona } from '../../domain/persona.ts';
import { providerFailed, providerTimedOut } from '../../domain/refusal.ts';
import { setting } from '../../domain/settings.ts';
import { portraitPrompt } from '../prompt.ts';
import { refusalFor } from './failure.ts';
import { parametersFor } from './model-parameters.ts';

export interface Commission {
  readonly persona: Persona;
  /** Images in whose style it is drawn, in this order; OpenAI takes up to 16. */
  readonly references: readonly Image[];
  readonly model: string;
  readonly apiKey: string;
  readonly projectId: string;
}

/** Has OpenAI draw the portrait, in one call: each costs money, so none is made again. Refuses as the contract's table says. */
export async function drawPortrait(commission: Commission): Promise<Image> {
  const timeout = Number(setting('PROVIDER_TIMEOUT_MS'));
  // The client's own time-out does not cover the body of a refusal; this one holds until the last byte of any answer.
  const signal = AbortSignal.timeout(timeout);
  const openai = new OpenAI({ apiKey: commission.apiKey, maxRetries: 0, timeout, logLevel: 'off' });
  try {
    const { data } = await request(openai, commission, signal);
    const bytes = Buffer.from(data?.[0]?.b64_json ?? '', 'base64');
    const header = readImageHeader(bytes);
    if (!header) throw providerFailed();
    return { bytes, mediaType: header.mediaType };
  } catch (error) {
    throw signal.aborted ? providerTimedOut(error) : refusalFor(error, commission.model);
  }
}

async function request(openai: OpenAI, commission: Commission, signal: AbortSignal): Promise<OpenAI.ImagesResponse> {
  const { persona, references, model, projectId } = commission;
  const { moderation, ...parameters } = parametersFor(model, createHash('sha256').update(projectId).digest('hex'));
  const drawing = {
    model,
    prompt: portraitPrompt(persona, references.length > 0),
    n: 1,
    size: '1024x1024',
    ...parameters,
  } as const;
  if (references.length === 0)
    return openai.images.generate({ ...drawing, ...(moderation && { moderation }) }, { signal });
  const image = await Promise.all(
    references.map(({ bytes, mediaType }, index) => toFile(bytes, `style-${index + 1}`, { type: mediaType })),
  );
  return openai.images.edit({ ...drawing, image }, { signal });
}

import { createHash } from 'node:crypto';
import OpenAI, { toFile } from 'openai';
import { readImageHeader } from '../../domain/image-header.ts';
import { providerFailed, providerTimedOut } from '../../domain/refusal.ts';
import { setting } from '../../domain/settings.ts';
import { portraitPrompt } from '../prompt.ts';
import type { Commission, PortraitProvider } from '../provider.ts';
import { toRefusal } from './failure.ts';
import { parametersFor } from './model-parameters.ts';

/** OpenAI takes prompts of at most this many characters (API reference, images, `prompt`). */
const promptLimit = 32_000;

/** Draws by OpenAI's images API, which takes up to 16 references. */
export const openAi: PortraitProvider = {
  async draw(commission) {
    const timeout = Number(setting('PROVIDER_TIMEOUT_MS'));
    // The client's own time-out does not cover the body of a refusal; this one holds until the last byte of any answer.
    const signal = AbortSignal.timeout(timeout);
    const client = new OpenAI({ apiKey: commission.apiKey, maxRetries: 0, timeout, logLevel: 'off' });
    try {
      const { data } = await requestImage(client, commission, signal);
      const bytes = Buffer.from(data?.[0]?.b64_json ?? '', 'base64');
      const header = readImageHeader(bytes);
      if (!header) throw providerFailed();
      return { bytes, mediaType: header.mediaType };
    } catch (error) {
      throw signal.aborted ? providerTimedOut(error) : toRefusal(error, commission.model);
    }
  },
};

async function requestImage(
  client: OpenAI,
  { persona, references, model, projectId }: Commission,
  signal: AbortSignal,
): Promise<OpenAI.ImagesResponse> {
  const { moderation, ...parameters } = parametersFor(model, createHash('sha256').update(projectId).digest('hex'));
  const drawing = {
    model,
    prompt: portraitPrompt(persona, { styled: references.length > 0, limit: promptLimit }),
    n: 1,
    size: '1024x1024',
    ...parameters,
  } as const;
  if (references.length === 0)
    return client.images.generate({ ...drawing, ...(moderation && { moderation }) }, { signal });
  const image = await Promise.all(
    references.map(({ bytes, mediaType }, index) => toFile(bytes, `style-${index + 1}`, { type: mediaType })),
  );
  return client.images.edit({ ...drawing, image }, { signal });
}

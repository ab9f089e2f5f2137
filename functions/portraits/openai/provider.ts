import { createHash } from 'node:crypto';
import OpenAI, { toFile } from 'openai';
import { type Image, imageFrom } from '../../domain/image.ts';
import { providerFailed, providerTimedOut } from '../../domain/refusal.ts';
import { setting } from '../../domain/settings.ts';
import { portraitPrompt } from '../prompt.ts';
import type { Commission, PortraitProvider } from '../provider.ts';
import { boundedFetch } from './bounded-fetch.ts';
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
    const client = new OpenAI({
      apiKey: commission.apiKey,
      // Those of the environment belong to another key.
      organization: null,
      project: null,
      maxRetries: 0,
      timeout,
      fetch: boundedFetch,
      logLevel: 'off',
    });
    try {
      const response = await requestImage(client, commission, signal);
      return { ...pictureIn(response), tokens: response.usage?.total_tokens };
    } catch (error) {
      throw signal.aborted ? providerTimedOut(error) : toRefusal(error, commission);
    }
  },
};

/** The picture of an answer, within the limits of an upload. Refuses as a fault of the provider what holds none. */
function pictureIn({ data }: OpenAI.ImagesResponse): Image {
  const encoded: unknown = data?.[0]?.b64_json;
  if (typeof encoded !== 'string') throw providerFailed();
  try {
    return imageFrom(Buffer.from(encoded, 'base64'));
  } catch (error) {
    throw providerFailed(error);
  }
}

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

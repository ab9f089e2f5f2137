import { createHash } from 'node:crypto';
import OpenAI, { toFile } from 'openai';
import { type Image, imageFrom } from '../../domain/image.ts';
import { providerFailed, providerTimedOut } from '../../domain/refusal.ts';
import { setting } from '../../domain/settings.ts';
import { portraitPrompt } from '../prompt.ts';
import type { PortraitProvider, PortraitRequest } from '../provider.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { toRefusal } from './failure.ts';
import { parametersFor } from './model-parameters.ts';

/** OpenAI's limit for a prompt, in characters (API reference, images, `prompt`). */
const promptLimit = 32_000;

/** Draws with OpenAI's images API, which accepts up to 16 references. */
export const openAi: PortraitProvider = {
  async draw(request) {
    const timeout = Number(setting('PROVIDER_TIMEOUT_MS'));
    // The client's own timeout does not cover the body of an error; this one ends with the last byte of any answer.
    const signal = AbortSignal.timeout(timeout);
    const client = new OpenAI({
      apiKey: request.apiKey,
      // Otherwise the client takes them from the environment.
      organization: null,
      project: null,
      maxRetries: 0,
      timeout,
      fetch: boundedFetch,
      logLevel: 'off',
    });
    try {
      const response = await requestImage(client, request, signal);
      return { ...pictureIn(response), tokens: response.usage?.total_tokens };
    } catch (error) {
      throw signal.aborted ? providerTimedOut(error) : toRefusal(error, request);
    }
  },
};

/** The picture in an answer, within the limits of an upload. Without a valid picture, it is a fault of the provider. */
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
  { persona, references, model, projectId }: PortraitRequest,
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

import { writeMetrics } from '../domain/metrics.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Drawing, PortraitProvider, PortraitRequest } from './provider.ts';

/** Refusals because of the content of a portrait, and those that the owner of the project can fix. */
const metricOf: Readonly<Record<string, 'PortraitsBlocked' | 'ProviderRefusals'>> = {
  image_moderation_blocked: 'PortraitsBlocked',
  style_reference_invalid: 'PortraitsBlocked',
  image_provider_key_invalid: 'ProviderRefusals',
  image_provider_forbidden: 'ProviderRefusals',
  image_provider_quota_exhausted: 'ProviderRefusals',
  image_model_unavailable: 'ProviderRefusals',
};

/** Draws with a provider, and writes metrics of the outcome and the duration. */
export async function drawWithMetrics(provider: PortraitProvider, request: PortraitRequest): Promise<Drawing> {
  const { projectId, model, references } = request;
  const start = performance.now();
  const count = (
    outcome: 'PortraitsDrawn' | 'PortraitsBlocked' | 'ProviderRefusals' | 'ProviderFailures',
    fields: object,
  ) =>
    writeMetrics(
      { [outcome]: 1, ProviderTime: Math.round(performance.now() - start) },
      { projectId, model, references: references.length, ...fields },
    );
  try {
    const drawing = await provider.draw(request);
    count('PortraitsDrawn', { tokens: drawing.tokens });
    return drawing;
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'internal_error';
    count(metricOf[code] ?? 'ProviderFailures', { code });
    throw error;
  }
}

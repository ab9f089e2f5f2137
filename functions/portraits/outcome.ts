import { countMetrics } from '../domain/metrics.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Commission, Drawing, PortraitProvider } from './provider.ts';

/** Refusals that are about what is to be drawn, and those that whoever set up the project can mend. */
const metricOf: Readonly<Record<string, 'PortraitsBlocked' | 'ProviderRefusals'>> = {
  image_moderation_blocked: 'PortraitsBlocked',
  style_reference_invalid: 'PortraitsBlocked',
  image_provider_key_invalid: 'ProviderRefusals',
  image_provider_forbidden: 'ProviderRefusals',
  image_provider_quota_exhausted: 'ProviderRefusals',
  image_model_unavailable: 'ProviderRefusals',
};

/** Draws by a provider, and counts what came of it and how long it took. */
export async function drawCounted(provider: PortraitProvider, commission: Commission): Promise<Drawing> {
  const { projectId, model, references } = commission;
  const start = performance.now();
  const count = (
    outcome: 'PortraitsDrawn' | 'PortraitsBlocked' | 'ProviderRefusals' | 'ProviderFailures',
    fields: object,
  ) =>
    countMetrics(
      { [outcome]: 1, ProviderTime: Math.round(performance.now() - start) },
      { projectId, model, references: references.length, ...fields },
    );
  try {
    const drawing = await provider.draw(commission);
    count('PortraitsDrawn', { tokens: drawing.tokens });
    return drawing;
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'internal_error';
    count(metricOf[code] ?? 'ProviderFailures', { code });
    throw error;
  }
}

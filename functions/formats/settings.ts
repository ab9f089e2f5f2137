import { isObject, type SourceSettings, textOf } from './contents.ts';

/** The settings of a project in a config of this service or of EvalStudio. */
export function settingsFrom(
  config: Readonly<Record<string, unknown>>,
  { withKey = true }: { readonly withKey?: boolean } = {},
): SourceSettings {
  const { llmSettings, maxConcurrency, maxImagesPerDay } = config;
  return {
    ...(isObject(llmSettings) && { llmSettings: llmSettingsFrom(llmSettings, withKey) }),
    ...(typeof maxConcurrency === 'number' && { maxConcurrency }),
    ...(typeof maxImagesPerDay === 'number' && { maxImagesPerDay }),
  };
}

function llmSettingsFrom({ provider, apiKey, models }: Readonly<Record<string, unknown>>, withKey: boolean) {
  const named = Object.entries(isObject(models) ? models : {}).filter(([, model]) => textOf(model));
  return {
    provider: textOf(provider) ?? '',
    ...(withKey && textOf(apiKey) && { apiKey: String(apiKey) }),
    ...(named.length > 0 && { models: Object.fromEntries(named) as Record<string, string> }),
  };
}

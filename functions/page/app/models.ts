import { useCallback } from 'preact/hooks';
import { api, call } from './api.ts';
import { useLoaded } from './load.ts';

/** The known models of a provider. They are only suggestions, so a failure to load them is ignored. */
export function useModels(provider: 'openai' | 'anthropic' | ''): readonly string[] {
  const load = async () => {
    if (!provider) return [];
    const params = { path: { provider } };
    const { data } = await call(api.GET('/api/llm-providers/{provider}/models', { params }));
    return data.groups.flatMap(({ models }) => models);
  };
  const { data = [] } = useLoaded(useCallback(load, [provider]));
  return data;
}

import { useCallback } from 'preact/hooks';
import { api, call } from './api.ts';
import { useLoaded } from './load.ts';

/** The models of a provider that the service knows. They are suggestions only: none are shown where they cannot be had. */
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

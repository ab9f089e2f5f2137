import type { Project } from '../domain/project.ts';
import type { Detail } from '../domain/refusal.ts';
import { endOf } from './openai/model-ends.ts';

const uses = ['evaluation', 'persona', 'image'] as const;

/** A warning for each model of the project whose shutdown is announced, with the path of its setting. */
export function modelWarnings({ llm }: Project): Detail[] {
  if (llm?.provider !== 'openai') return [];
  return uses.flatMap((use) => {
    const model = llm.models[use];
    const end = model === undefined ? undefined : endOf(model);
    if (!end) return [];
    const advice = end.replacement ? ` Choose another one, such as ${end.replacement}.` : ' Choose another one.';
    return [{ path: `llmSettings.models.${use}`, message: `OpenAI ends ${model} on ${end.ends}.${advice}` }];
  });
}

/** promptfoo's simulated users. https://www.promptfoo.dev/docs/providers/simulated-user/ */
import { stringify } from 'yaml';
import type { Persona } from '../domain/persona.ts';

/** YAML of test cases, one per persona, for `tests: file://personas.yaml`. Without a system prompt, name and description are the instructions. */
export const writePromptfoo = (personas: readonly Persona[], { maxTurns = 10 } = {}): string =>
  stringify(personas.map((persona) => testCase(persona, maxTurns)));

const testCase = ({ name, description, systemPrompt }: Persona, maxTurns: number) => ({
  description: name,
  provider: {
    id: 'promptfoo:simulated-user',
    config: { instructions: literal(systemPrompt || [name, description].filter(Boolean).join(': ')), maxTurns },
  },
});

/** promptfoo renders instructions as a Nunjucks template: an opening brace of a tag is written as an expression that yields it. */
const literal = (text: string) => text.replaceAll(/\{(?=[{%#])/g, "{{ '{' }}");

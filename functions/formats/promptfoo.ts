/** promptfoo's simulated users. https://www.promptfoo.dev/docs/providers/simulated-user/ */
import { stringify } from 'yaml';
import type { Persona } from '../domain/persona.ts';

/** YAML of test cases, one a persona, for `tests: file://personas.yaml`. A persona without a prompt is described by its name and description. */
export const writePromptfoo = (personas: readonly Persona[], { maxTurns = 10 } = {}): string =>
  stringify(personas.map((persona) => testCase(persona, maxTurns)));

const testCase = ({ name, description, systemPrompt }: Persona, maxTurns: number) => ({
  description: name,
  provider: {
    id: 'promptfoo:simulated-user',
    config: { instructions: literal(systemPrompt || [name, description].filter(Boolean).join(': ')), maxTurns },
  },
});

/** promptfoo takes instructions for a Nunjucks template: what opens a tag there is written as an expression that gives it. */
const literal = (text: string) => text.replaceAll(/\{(?=[{%#])/g, "{{ '{' }}");

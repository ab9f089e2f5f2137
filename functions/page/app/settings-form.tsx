import { useState } from 'preact/hooks';
import { mayWrite } from './access.ts';
import { api, call, type ProjectConfig } from './api.ts';
import { FailureNote } from './failure-note.tsx';
import { useAction } from './load.ts';
import { ModelField } from './model-field.tsx';
import { useModels } from './models.ts';
import { tell } from './notice.ts';
import { loadProjects } from './projects.ts';

interface Props {
  readonly projectId: string;
  readonly config: ProjectConfig;
  stored(config: ProjectConfig): void;
}

const uses = { image: 'Portraits', persona: 'Personas', evaluation: 'Evaluation' } as const;
type Use = keyof typeof uses;
const slots = Object.keys(uses) as Use[];

type Provider = 'openai' | 'anthropic';

/** The input of the form, as texts. */
interface Typed {
  readonly name: string;
  readonly provider: Provider | '';
  readonly apiKey: string;
  readonly models: Readonly<Record<Use, string>>;
  readonly maxImagesPerDay: string;
  readonly maxConcurrency: string;
}

const typedOf = ({ name, llmSettings, maxImagesPerDay, maxConcurrency }: ProjectConfig): Typed => ({
  name,
  provider: llmSettings?.provider ?? '',
  apiKey: '',
  models: {
    image: llmSettings?.models?.image ?? '',
    persona: llmSettings?.models?.persona ?? '',
    evaluation: llmSettings?.models?.evaluation ?? '',
  },
  maxImagesPerDay: maxImagesPerDay === undefined ? '' : String(maxImagesPerDay),
  maxConcurrency: maxConcurrency === undefined ? '' : String(maxConcurrency),
});

const numberOf = (text: string) => (text === '' ? null : Number(text));

const wireOf = ({ name, provider, apiKey, models, maxImagesPerDay, maxConcurrency }: Typed) => ({
  name,
  llmSettings: provider
    ? {
        provider,
        ...(apiKey && { apiKey }),
        models: {
          image: models.image || null,
          persona: models.persona || null,
          evaluation: models.evaluation || null,
        },
      }
    : null,
  maxImagesPerDay: numberOf(maxImagesPerDay),
  maxConcurrency: numberOf(maxConcurrency),
});

export function SettingsForm({ projectId, config, stored }: Props) {
  const [typed, setTyped] = useState(() => typedOf(config));
  const { run, running, failure } = useAction();
  const models = useModels(typed.provider);
  const readOnly = !mayWrite.value;
  const change = (part: Partial<Typed>) => setTyped({ ...typed, ...part });
  const save = () =>
    run(async () => {
      const params = { path: { projectId } };
      const { data } = await call(api.PUT('/api/projects/{projectId}/config', { params, body: wireOf(typed) }));
      setTyped(typedOf(data));
      stored(data);
      tell('The settings are saved.');
      await loadProjects();
    });
  const mask = config.llmSettings?.provider === typed.provider ? config.llmSettings.apiKey : '';
  const { limits, warnings = [] } = config;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <fieldset class="plain-set" disabled={readOnly}>
        <label class="field">
          <span>Name</span>
          <input
            value={typed.name}
            maxLength={200}
            required
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
        </label>
        <h2>Provider</h2>
        <p class="quiet small">It draws the portraits. The key is stored encrypted, and only its mask is shown.</p>
        <label class="field">
          <span>LLM provider</span>
          <select
            value={typed.provider}
            onChange={(event) => change({ provider: event.currentTarget.value as Typed['provider'] })}
          >
            <option value="">None</option>
            <option value="openai">OpenAI</option>
            <option value="anthropic">Anthropic (draws no portraits)</option>
          </select>
        </label>
        {typed.provider && (
          <>
            <label class="field">
              <span>API key</span>
              <input
                type="password"
                autocomplete="off"
                maxLength={1_000}
                placeholder={mask ? `${mask} stays` : ''}
                value={typed.apiKey}
                onInput={(event) => change({ apiKey: event.currentTarget.value })}
              />
            </label>
            {slots.map((use) => (
              <ModelField
                key={use}
                label={`Model for ${uses[use].toLowerCase()}`}
                models={models}
                placeholder={use === 'image' ? 'The deployment’s' : ''}
                value={typed.models[use]}
                warning={warnings.find(({ path }) => path.endsWith(`.${use}`))?.message}
                change={(model) => change({ models: { ...typed.models, [use]: model } })}
              />
            ))}
          </>
        )}
        <h2>Limits</h2>
        <label class="field">
          <span>Portraits a day</span>
          <input
            type="number"
            min={0}
            max={limits.maxImagesPerDay}
            placeholder={`At most ${limits.maxImagesPerDay}`}
            value={typed.maxImagesPerDay}
            onInput={(event) => change({ maxImagesPerDay: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>Test runs at once</span>
          <input
            type="number"
            min={1}
            placeholder="Not limited"
            value={typed.maxConcurrency}
            onInput={(event) => change({ maxConcurrency: event.currentTarget.value })}
          />
        </label>
      </fieldset>
      {failure && <FailureNote failure={failure} />}
      {!readOnly && (
        <p class="actions">
          <button type="submit" class="primary" disabled={running}>
            {running ? 'Saving …' : 'Save settings'}
          </button>
        </p>
      )}
    </form>
  );
}

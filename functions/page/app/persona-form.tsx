import type { CallFailure } from './call-failure.ts';
import { FailureNote } from './failure-note.tsx';
import type { Fields } from './fields.ts';
import { HeadersField } from './headers-field.tsx';
import { PromptField } from './prompt-field.tsx';
import { TagsField } from './tags-field.tsx';

interface Props {
  readonly fields: Fields;
  readonly failure: CallFailure | undefined;
  readonly readOnly: boolean;
  change(part: Partial<Fields>): void;
}

/** All fields of a persona except its portrait. */
export function PersonaForm({ fields, failure, readOnly, change }: Props) {
  const { name, description, systemPrompt, tags, headers } = fields;
  return (
    <div class="persona-form">
      {failure && <FailureNote failure={failure} />}
      <label class="field">
        <span>Name</span>
        <input
          class="name"
          value={name}
          maxLength={200}
          readOnly={readOnly}
          onInput={(event) => change({ name: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>Description</span>
        <textarea
          class="growing"
          rows={2}
          value={description}
          maxLength={10_000}
          readOnly={readOnly}
          placeholder={readOnly ? '' : 'Who this is, in a sentence'}
          onInput={(event) => change({ description: event.currentTarget.value })}
        />
      </label>
      <PromptField prompt={systemPrompt} readOnly={readOnly} change={(changed) => change({ systemPrompt: changed })} />
      <TagsField tags={tags} readOnly={readOnly} change={(changed) => change({ tags: changed })} />
      <HeadersField rows={headers} readOnly={readOnly} change={(changed) => change({ headers: changed })} />
    </div>
  );
}

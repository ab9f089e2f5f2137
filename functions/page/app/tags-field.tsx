import { useState } from 'preact/hooks';

interface Props {
  readonly tags: readonly string[];
  readonly readOnly: boolean;
  change(tags: string[]): void;
}

const maxTags = 20;

/** Tags, each a button that removes it; Enter or a comma adds one. */
export function TagsField({ tags, readOnly, change }: Props) {
  const [text, setText] = useState('');
  const add = () => {
    const added = text.split(',').map((tag) => tag.trim());
    const all = [...new Set([...tags, ...added])].filter(Boolean);
    if (all.length > tags.length) change(all);
    setText('');
  };
  if (readOnly && tags.length === 0) return null;
  return (
    <fieldset class="field">
      <legend>Tags</legend>
      <div class="tags-field">
        {tags.map((tag) =>
          readOnly ? (
            <span class="tag" key={tag}>
              {tag}
            </span>
          ) : (
            <button
              type="button"
              class="tag removable"
              key={tag}
              aria-label={`Remove the tag ${tag}`}
              onClick={() => change(tags.filter((other) => other !== tag))}
            >
              {tag}
            </button>
          ),
        )}
        {!readOnly && tags.length < maxTags && (
          <input
            aria-label="New tag"
            placeholder="Add a tag"
            maxLength={50}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            onBlur={add}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' && event.key !== ',') return;
              event.preventDefault();
              add();
            }}
          />
        )}
      </div>
    </fieldset>
  );
}

import { usePicture } from './pictures.ts';
import './portrait.css';

interface Props {
  readonly projectId: string;
  readonly imageId: string | undefined;
  /** The persona's id, which determines the colour of the placeholder. */
  readonly id: string;
  readonly name: string;
  /** The alternative text; without one, the portrait is decorative. */
  readonly alternative?: string;
}

/** A persona's portrait, or its initials without one or until it is loaded. */
export function Portrait({ projectId, imageId, id, name, alternative = '' }: Props) {
  const { url, failure } = usePicture(projectId, imageId);
  if (url) {
    return (
      <div class="portrait">
        <img src={url} alt={alternative} decoding="async" draggable={false} />
      </div>
    );
  }
  if (imageId && !failure) return <div class="portrait loading" />;
  return (
    <div class="portrait" data-colour={colourOf(id)} aria-hidden="true">
      <span>{initialsOf(name)}</span>
    </div>
  );
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const firstOf = (word: string) => [...graphemes.segment(word)][0]?.segment ?? '';

/** The initials of the first two words. */
const initialsOf = (name: string) => name.split(/\s+/).slice(0, 2).map(firstOf).join('').toUpperCase();

const colours = 6;

/** The end of an id is random. */
const colourOf = (id: string) => Number.parseInt(id.slice(-4), 16) % colours;

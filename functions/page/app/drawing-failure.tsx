import { mayWrite } from './access.ts';
import type { CallFailure } from './call-failure.ts';
import { FailureNote } from './failure-note.tsx';
import { hashOf } from './router.ts';

interface Props {
  readonly projectId: string;
  readonly failure: CallFailure;
  again(): void;
}

const inSettings = new Set([
  'llm_provider_missing',
  'llm_provider_not_openai',
  'image_provider_key_invalid',
  'image_provider_forbidden',
  'image_model_unavailable',
]);

/** Why a drawing failed, with a link to what helps. */
export function DrawingFailure({ projectId, failure, again }: Props) {
  const { code, status } = failure;
  return (
    <FailureNote failure={failure} again={again}>
      {inSettings.has(code) && mayWrite.value && (
        <a href={hashOf({ view: 'settings', projectId })}>Open the settings</a>
      )}
      {code === 'style_reference_invalid' && <a href={hashOf({ view: 'style', projectId })}>Open the style guide</a>}
      {status === 0 && (
        <span class="small quiet">Trying again asks for the same portrait: it is not paid for twice.</span>
      )}
    </FailureNote>
  );
}

import { access, accessFailure } from './access.ts';
import { FailureNote } from './failure-note.tsx';
import { KeyPrompt } from './key-prompt.tsx';
import { Main } from './main-area.tsx';
import { Notice } from './notice.tsx';
import { QuestionDialog } from './question-dialog.tsx';
import { route } from './router.ts';
import { forgetKey, key, keyWanted } from './session.ts';
import { start } from './start.ts';
import { Tools } from './tools.tsx';
import { TopBar } from './top-bar.tsx';

export function App() {
  if (keyWanted.value) return <KeyPrompt />;
  if (accessFailure.value) {
    return (
      <main class="centred">
        <FailureNote failure={accessFailure.value} again={start}>
          {key.value && (
            <button type="button" onClick={() => forgetKey()}>
              Forget key
            </button>
          )}
        </FailureNote>
      </main>
    );
  }
  if (!access.value) return <main class="centred quiet">Loading …</main>;
  return (
    <>
      <TopBar route={route.value} />
      <Main route={route.value} />
      <footer>
        <Tools route={route.value} />
      </footer>
      <Notice />
      <QuestionDialog />
    </>
  );
}

import { afterAll, afterEach, beforeAll } from 'vitest';
import { setEnvironment } from '../../lib/local/stack.ts';
import { type Amend, type Recorder, startRecorder } from './recorder.ts';

/**
 * Puts a recorder between the functions of a test file's stack and the server whose address is in this environment variable. Interceptors are removed
 * after each test.
 */
export function useRecorder(variable: string, amend?: Amend): Recorder {
  let recorder: Recorder;
  let restore: () => void;
  beforeAll(async () => {
    const address = process.env[variable] ?? '';
    const { origin } = new URL(address);
    recorder = await startRecorder(origin, amend);
    restore = setEnvironment({ [variable]: address.replace(origin, recorder.url) });
  });
  afterEach(() => recorder.intercept());
  afterAll(async () => {
    restore();
    await recorder.close();
  });
  return {
    get url() {
      return recorder.url;
    },
    get target() {
      return recorder.target;
    },
    get calls() {
      return recorder.calls;
    },
    intercept: (interceptor) => recorder.intercept(interceptor),
    forget: () => recorder.forget(),
    close: () => recorder.close(),
  };
}

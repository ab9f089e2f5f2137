import { useCallback, useEffect, useState } from 'preact/hooks';
import { type CallFailure, failureOf } from './call-failure.ts';

interface Loaded<Data> {
  /** Undefined while it is loading for the first time, and where that failed. */
  readonly data?: Data | undefined;
  readonly failure?: CallFailure | undefined;
}

export interface Loading<Data> extends Loaded<Data> {
  /** Loads again; what is there is shown until then. */
  reload(): void;
  /** Shows this instead, as after a change. */
  set(data: Data): void;
}

/** What a component needs from the service. It is loaded anew where `load` is another function. */
export function useLoaded<Data>(load: () => Promise<Data>): Loading<Data> {
  const [state, setState] = useState<Loaded<Data>>({});
  const reload = useCallback(() => {
    let current = true;
    load().then(
      (data) => current && setState({ data }),
      (error) => current && setState(({ data }) => ({ data, failure: failureOf(error) })),
    );
    return () => {
      current = false;
    };
  }, [load]);
  useEffect(() => {
    setState({});
    return reload();
  }, [reload]);
  return { ...state, reload, set: (data) => setState({ data }) };
}

interface Action {
  readonly running: boolean;
  readonly failure: CallFailure | undefined;
  /** Does it; a second call does nothing while the first one runs. */
  run(act: () => Promise<unknown>): Promise<void>;
}

/** Something that a button does, which takes time and may fail. */
export function useAction(): Action {
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<CallFailure>();
  return {
    running,
    failure,
    async run(act) {
      if (running) return;
      setRunning(true);
      setFailure(undefined);
      try {
        await act();
      } catch (error) {
        setFailure(failureOf(error));
      } finally {
        setRunning(false);
      }
    },
  };
}

import { useCallback, useEffect, useState } from 'preact/hooks';
import { type CallFailure, failureOf } from './call-failure.ts';

interface Loaded<Data> {
  /** Undefined during the first load, and if that failed. */
  readonly data?: Data | undefined;
  readonly failure?: CallFailure | undefined;
}

export interface Loading<Data> extends Loaded<Data> {
  /** Loads again, and keeps the present data until then. */
  reload(): void;
  /** Replaces the data, as after a change. */
  set(data: Data): void;
}

/** Loads data for a component, and again when `load` changes. */
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
  /** Runs the action; does nothing while it is running. */
  run(act: () => Promise<unknown>): Promise<void>;
}

/** An asynchronous action of a button, which may fail. */
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

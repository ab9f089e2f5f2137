import { useEffect, useState } from 'preact/hooks';

/** Shows how long a drawing has been running. */
export function Elapsed({ since }: { readonly since: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.floor((now - since) / 1_000));
  return (
    <p class="elapsed">
      <span role="status">Drawing …</span> <span role="timer">{seconds} s</span>
      <span class="small quiet">It takes up to a few minutes. You may go on meanwhile.</span>
    </p>
  );
}

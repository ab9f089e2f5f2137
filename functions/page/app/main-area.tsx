import { useLayoutEffect, useRef } from 'preact/hooks';
import { hashOf, noSearch, type Route } from './router.ts';
import { View } from './view.tsx';

/** The area of the views. A new view starts at its top, also for the keyboard; a gallery keeps its scroll position. */
export function Main({ route }: { readonly route: Route }) {
  const main = useRef<HTMLElement>(null);
  const place = hashOf(route.view === 'personas' ? { ...route, search: noSearch } : route);
  const seen = useRef(place);
  useLayoutEffect(() => {
    if (seen.current === place) return;
    seen.current = place;
    main.current?.focus({ preventScroll: true });
    if (route.view !== 'personas') scrollTo(0, 0);
  }, [place, route.view]);
  return (
    <main ref={main} tabIndex={-1}>
      <View route={route} />
    </main>
  );
}

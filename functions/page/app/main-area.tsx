import { useLayoutEffect, useRef } from 'preact/hooks';
import { hashOf, noSearch, type Route } from './router.ts';
import { View } from './view.tsx';

/** Where the views are. Whoever goes to another one begins at its top, with the keyboard too; a gallery is as one left it. */
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

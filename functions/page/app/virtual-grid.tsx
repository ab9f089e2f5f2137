import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props<Item> {
  readonly items: readonly Item[];
  readonly label: string;
  /** The address of the grid, by which its scroll position is restored. */
  readonly place: string;
  /** `position`: from 1. */
  itemOf(item: Item, position: number): ComponentChildren;
}

/** Further rows above and below the window, for keyboard navigation. */
const beyond = 2;

/** The number of columns and the row height, measured, since all items have the same height. */
interface Measure {
  readonly columns: number;
  /** In pixels, with the gap to the next row. */
  readonly row: number;
}

const left = new Map<string, number>();

/** A grid that only renders the items in or near the window. */
export function VirtualGrid<Item>({ items, label, place, itemOf }: Props<Item>) {
  const list = useRef<HTMLUListElement>(null);
  const [measure, setMeasure] = useState<Measure>();
  const [[from, to], setRows] = useState<readonly [number, number]>([0, 3]);
  useLayoutEffect(() => {
    const look = () => {
      const element = list.current;
      const item = element?.firstElementChild;
      if (!element || !item) return;
      const { gridTemplateColumns, rowGap } = getComputedStyle(element);
      const columns = gridTemplateColumns.split(' ').length;
      const row = item.getBoundingClientRect().height + Number.parseFloat(rowGap);
      setMeasure((known) => (known?.columns === columns && known.row === row ? known : { columns, row }));
      const above = -element.getBoundingClientRect().top / row;
      const first = Math.max(0, Math.floor(above) - beyond);
      const last = Math.ceil(above + innerHeight / row) + beyond;
      setRows((known) => (known[0] === first && known[1] === last ? known : [first, last]));
    };
    look();
    const observer = new ResizeObserver(look);
    if (list.current) observer.observe(list.current);
    addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      removeEventListener('scroll', look);
    };
  }, []);

  const measured = measure !== undefined;
  useLayoutEffect(() => {
    if (measured) scrollTo(0, left.get(place) ?? 0);
    const remember = () => left.set(place, scrollY);
    addEventListener('scroll', remember, { passive: true });
    return () => removeEventListener('scroll', remember);
    // A search changes the address, and starts at the top again.
  }, [measured, place]);

  const { columns, row } = measure ?? { columns: 4, row: 360 };
  const rows = Math.ceil(items.length / columns);
  const first = Math.min(from, Math.max(0, rows - 1));
  const last = Math.max(first + 1, Math.min(to, rows));
  const visible = items.slice(first * columns, last * columns);
  return (
    <ul
      ref={list}
      class="grid"
      aria-label={label}
      style={{ paddingTop: `${first * row}px`, paddingBottom: `${(rows - last) * row}px` }}
    >
      {visible.map((item, index) => itemOf(item, first * columns + index + 1))}
    </ul>
  );
}

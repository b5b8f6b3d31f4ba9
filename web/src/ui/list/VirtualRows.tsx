// The body of a long table: of its rows only those in sight are in the page. Loaded with the first list that is so long.

import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState } from 'react';
import classes from './Rows.module.css';

/** Guesses until a row was measured. */
const ROW_PX = 58;
const CARD_PX = 190;
/** Up to this width rows are cards. */
const CARDS_PX = 1020;
const OVERSCAN = 12;

interface VirtualRowsProps {
  items: { id: string }[];
  render: (index: number) => React.ReactNode;
}

export default function VirtualRows({ items, render }: VirtualRowsProps) {
  const body = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const top = Math.round((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    if (top !== margin) setMargin(top);
  });
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => (window.innerWidth <= CARDS_PX ? CARD_PX : ROW_PX),
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: OVERSCAN,
    scrollMargin: margin,
  });
  return (
    <div ref={body} role="rowgroup" className={classes.virtual} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map(({ key, index, start }) => (
        <div
          key={key} ref={virtual.measureElement} data-index={index} className={classes.slot} role="presentation"
          style={{ transform: `translateY(${start - margin}px)` }}
        >
          {render(index)}
        </div>
      ))}
    </div>
  );
}

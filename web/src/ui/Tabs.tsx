// The parts of a page, each with an address of its own.

import { Link } from '@tanstack/react-router';
import classes from './Tabs.module.css';

interface TabsProps<K extends string> {
  label: string;
  /** The first needs no name in the address. */
  tabs: readonly { key: K; label: string; count?: number }[];
  active: K;
}

export function Tabs<K extends string>({ label, tabs, active }: TabsProps<K>) {
  return (
    <nav className={classes.tabs} aria-label={label}>
      {tabs.map((tab, index) => (
        <Link
          key={tab.key} to="." search={(index === 0 ? {} : { tab: tab.key }) as never} hash="" resetScroll={false} className={classes.tab}
          activeProps={{}} data-on={tab.key === active || undefined} aria-current={tab.key === active ? 'page' : undefined}
        >
          {tab.label}
          {!!tab.count && <span className={classes.count}>{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}

import { Skeleton } from '@mantine/core';
import { useEffect } from 'react';
import classes from './Page.module.css';

interface PageProps {
  title: string;
  /** Above the title: where one came from. */
  above?: React.ReactNode;
  /** Beside the title: state, badges. */
  beside?: React.ReactNode;
  /** Below the title: one line in words. */
  lead?: React.ReactNode;
  actions?: React.ReactNode;
  narrow?: boolean;
  children: React.ReactNode;
}

export function Page({ title, above, beside, lead, actions, narrow = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Edgeward`;
  }, [title]);
  return (
    <div className={classes.page} data-narrow={narrow || undefined}>
      <header className={classes.header}>
        <div className={classes.heading}>
          {above && <div className={classes.above}>{above}</div>}
          <div className={classes.titleRow}>
            <h1 className={classes.title}>{title}</h1>
            {beside}
          </div>
          {lead && <div className={classes.lead}>{lead}</div>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface CardProps {
  title?: React.ReactNode;
  aside?: React.ReactNode;
  flush?: boolean;
  children: React.ReactNode;
}

/** A surface with a heading. `flush` lets its content reach the edges. */
export function Card({ title, aside, flush = false, children }: CardProps) {
  return (
    <section className={classes.card}>
      {title && (
        <div className={classes.cardHead}>
          <h2 className={classes.cardTitle}>{title}</h2>
          {aside}
        </div>
      )}
      <div className={flush ? undefined : classes.cardBody} data-headed={title ? true : undefined}>
        {children}
      </div>
    </section>
  );
}

/** Facts as pairs of name and value; in two columns where there is room and many of them. */
export function Facts({ items }: { items: [string, React.ReactNode][] }) {
  return (
    <dl className={classes.facts} data-many={items.length > 6 || undefined}>
      {items.map(([name, value]) => (
        <div key={name} className={classes.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface EmptyProps {
  icon: React.ReactNode;
  title: string;
  children: React.ReactNode;
  action?: React.ReactNode;
}

/** What would be here, and the one step that fills it. */
export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div className={classes.empty}>
      <div className={classes.emptyIcon} aria-hidden>{icon}</div>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Keeps the layout while something is on its way. */
export function Waiting({ rows = 4, height = 56 }: { rows?: number; height?: number }) {
  return (
    <div className={classes.waiting} aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </div>
  );
}

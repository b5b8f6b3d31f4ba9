// What many cells look like: a name that leads to the thing with a quiet line below it, and two lines.

import classes from './cells.module.css';

interface NameCellProps {
  /** The link; see `linkClass`. */
  children: React.ReactNode;
  below?: string;
  beside?: React.ReactNode;
}

/** For the link in a NameCell. */
export const linkClass = classes.link;

export function NameCell({ children, below, beside }: NameCellProps) {
  return (
    <>
      <div className={classes.name}>{children}{beside}</div>
      {below && <div className={classes.below} title={below}>{below}</div>}
    </>
  );
}

export function Quiet({ children }: { children: React.ReactNode }) {
  return <span className={classes.quiet}>{children}</span>;
}

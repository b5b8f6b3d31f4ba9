// JSON to read: what is nested folds.

import { useTranslation } from 'react-i18next';
import { CopyIcon } from './Copy';
import { isObject, pretty } from './json';
import classes from './Json.module.css';

/** Lists and objects with more members are folded at first. */
const UNFOLDED = 12;

/** Longer values are cut; the whole is their title. */
const LONG = 160;

const long = (value: unknown) => shown(value).length > LONG;

interface JsonTreeProps {
  value: Record<string, unknown>;
  /** Down to this depth all is unfolded. */
  open?: number;
  /** Whether the value at a path stands out. */
  marked?: (path: string[]) => boolean;
}

export function JsonTree({ value, open = 1, marked }: JsonTreeProps) {
  return <Members value={value} path={[]} open={open} marked={marked} />;
}

function Members({ value, path, open = 0, marked }: { value: Record<string, unknown> | unknown[]; path: string[] } & Omit<JsonTreeProps, 'value'>) {
  const { t } = useTranslation();
  return (
    <ul className={classes.tree} data-verbatim>
      {Object.entries(value).map(([name, inside]) => {
        const here = [...path, name];
        const list = Array.isArray(inside) && inside.some((each) => typeof each === 'object' && each !== null);
        if (!list && !(isObject(inside) && Object.keys(inside).length > 0)) {
          return (
            <li key={name} className={classes.leaf} data-marked={marked?.(here) || undefined}>
              <span className={classes.name}>{name}</span>{': '}
              <span className={classes.value} title={long(inside) ? shown(inside) : undefined}>{long(inside) ? `${shown(inside).slice(0, LONG)}…` : shown(inside)}</span>
            </li>
          );
        }
        const size = Object.keys(inside as object).length;
        return (
          <li key={name}>
            <details open={path.length < open || (path.length === open && size <= UNFOLDED && open > 1)}>
              <summary><span className={classes.name}>{name}</span> <span className="ew-muted">{t('json.members', { count: size })}</span></summary>
              <Members value={inside as Record<string, unknown>} path={here} open={open} marked={marked} />
            </details>
          </li>
        );
      })}
    </ul>
  );
}

/** A value in a line: text without its quotation marks. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '""' : value;
  return JSON.stringify(value);
}

/** The whole as text, to copy. */
export function JsonText({ value, what }: { value: unknown; what: string }) {
  const text = typeof value === 'string' ? value : pretty(value);
  return (
    <>
      <pre className={classes.pre} tabIndex={0} aria-label={what} role="region" data-verbatim>{text}</pre>
      <CopyIcon text={text} what={what} />
    </>
  );
}

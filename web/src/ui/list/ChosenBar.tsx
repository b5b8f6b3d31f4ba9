// What is chosen, and what can be done with it.

import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../Problem';
import classes from './List.module.css';
import type { Chosen } from './selection';
import type { ListSelection } from './types';

interface ChosenBarProps<T extends { id: string }> {
  selection: ListSelection<T>;
  chosen: Chosen<T>;
  shown: T[];
  total: number | undefined;
}

export function ChosenBar<T extends { id: string }>({ selection, chosen, shown, total }: ChosenBarProps<T>) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const here = new Set(shown.map(({ id }) => id));
  const elsewhere = chosen.items.filter(({ id }) => !here.has(id)).length;
  const summary = selection.summary?.(chosen.items);
  const more = selection.everything && total !== undefined && total > chosen.items.length && total > shown.length;

  async function everything() {
    setBusy(true);
    setError(undefined);
    try {
      const all = (await selection.everything?.()) ?? [];
      chosen.set(all.filter((item) => selection.can?.(item) ?? true), true);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <div className={classes.chosen} role="region" aria-label={t('list.chosenLabel')}>
        <span role="status">
          <strong>{t('list.chosen', { count: chosen.items.length })}</strong>
          {summary && <>{t('list.comma')}{summary}</>}
          {elsewhere > 0 && <span className="ew-muted">{t('list.comma')}{t('list.elsewhere', { count: elsewhere })}</span>}
        </span>
        {more && (
          <Button variant="subtle" size="compact-sm" loading={busy} onClick={() => void everything()}>
            {t('list.chooseAll', { count: total })}
          </Button>
        )}
        <Button variant="subtle" color="gray" size="compact-sm" onClick={chosen.clear}>{t('list.unchoose')}</Button>
        <div className={classes.actions}>{selection.actions(chosen.items, chosen.clear)}</div>
      </div>
      {!!error && <Problem error={error} />}
    </>
  );
}

import { Button } from '@mantine/core';
import { IconMinus, IconPencil, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Audit.module.css';
import { differences, type Change, type Leaf } from './difference';

const ICON: Record<Exclude<Change, 'same'>, typeof IconPlus> = { added: IconPlus, removed: IconMinus, changed: IconPencil };

/** What it was and what it is, leaf by leaf; what stayed the same on request. */
export function Difference({ before, after }: { before: unknown; after: unknown }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const all = differences(before, after);
  const same = all.filter(({ change }) => change === 'same').length;
  const shown = whole ? all : all.filter(({ change }) => change !== 'same');
  if (all.length === 0) return <p className="ew-muted">{t('audit.noState')}</p>;
  return (
    <>
      {shown.length === 0 && <p className="ew-muted">{t('audit.noChange')}</p>}
      {shown.length > 0 && (
        <div role="table" aria-label={t('audit.changes')} className={classes.leaves}>
          <div role="row" className={classes.leafHead}>
            <span role="columnheader">{t('audit.field')}</span>
            <span role="columnheader">{t('audit.before')}</span>
            <span role="columnheader">{t('audit.after')}</span>
          </div>
          {shown.map((leaf, index) => <Row key={index} leaf={leaf} />)}
        </div>
      )}
      {same > 0 && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setWhole(!whole)}>
          {whole ? t('audit.hideSame') : t('audit.showSame', { count: same })}
        </Button>
      )}
    </>
  );
}

function Row({ leaf: { path, change, before, after } }: { leaf: Leaf }) {
  const { t } = useTranslation();
  const Icon = change === 'same' ? undefined : ICON[change];
  return (
    <div role="row" className={classes.leaf} data-change={change}>
      <span role="rowheader" className={classes.path}>
        {Icon && <Icon size={14} aria-hidden />}
        <span>
          {path.join(' › ') || t('audit.value')}
          <span className={classes.word}>{t(`audit.change.${change}`)}</span>
        </span>
      </span>
      <span role="cell" className={classes.was}>{before ?? <span className={classes.nothing}>{t('audit.absent')}</span>}</span>
      <span role="cell" className={classes.is}>{after ?? <span className={classes.nothing}>{t('audit.absent')}</span>}</span>
    </div>
  );
}

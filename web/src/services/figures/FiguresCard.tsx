// How a service fares: what is wrong with it in words, and its key figures over time.

import { useQuery } from '@tanstack/react-query';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { figuresQuery } from '../../api/queries';
import { i18next } from '../../i18n';
import { Card, Waiting } from '../../ui/Page';
import { Problem } from '../../ui/Problem';
import classes from './Figures.module.css';
import { LineChart } from './LineChart';
import { spanText } from './span';
import { troubleText } from './troubles';

/** Told in words in place of a line. */
const UPTIME = 'uptime_s';

export function FiguresCard({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const figures = useQuery(figuresQuery(id));
  const { troubles = [], series = [], every_s = 0 } = figures.data ?? {};
  const uptime = series.find(({ name }) => name === UPTIME)?.points.at(-1)?.[1];
  const lines = series.filter(({ name, points }) => name !== UPTIME && points.length > 0);
  const nothing = figures.data && troubles.length === 0 && uptime === undefined && lines.length === 0;
  return (
    <Card title={t('figures.title')}>
      {figures.isPending && <Waiting rows={1} height={90} />}
      {figures.isError && <Problem error={figures.error} retry={() => void figures.refetch()} />}
      {troubles.length > 0 && (
        <ul className={classes.troubles} aria-label={t('figures.troubles')}>
          {troubles.map((said) => <li key={said}><IconAlertTriangle size={17} aria-hidden />{troubleText(t, said)}</li>)}
        </ul>
      )}
      {uptime !== undefined && <p className={classes.up}>{t('figures.up', { span: spanText(uptime, i18n.language) })}</p>}
      {lines.length > 0 && (
        <div className={classes.grid}>
          {lines.map(({ name, points }) => <LineChart key={name} name={nameOf(name)} points={points} everyS={every_s} />)}
        </div>
      )}
      {nothing && <p className={classes.text}>{t('figures.none')}</p>}
    </Card>
  );

  function nameOf(name: string) {
    return i18next.exists(`figure.${name}`) ? t(`figure.${name}` as 'figure.drivers') : name.replaceAll('_', ' ');
  }
}

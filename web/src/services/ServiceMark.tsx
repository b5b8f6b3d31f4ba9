import { useTranslation } from 'react-i18next';
import type { Service } from '../api/types';
import { Mark } from '../ui/State';
import classes from './ServiceMark.module.css';
import { standingOf } from './standing';

interface ServiceMarkProps {
  service: Service;
  /** Says below what an agent is at, or what went wrong there. */
  detailed?: boolean;
}

/** A service's state in a word; below it what should be put right. What the last look found, or the agent says, shows on hover. */
export function ServiceMark({ service, detailed = false }: ServiceMarkProps) {
  const { t } = useTranslation();
  const standing = standingOf(service);
  const { trouble, remark, tone } = standing;
  const hosted = 'hosted' in standing ? standing.hosted : undefined;
  const said = hosted && hosted !== 'running' ? service.hosted?.message : undefined;
  return (
    <span className={classes.both} title={said ?? (trouble || remark ? service.check?.finding?.message : undefined)}>
      <Mark tone={tone}>{hosted ? t(`hosted.state.${hosted}`) : trouble ? t(`standing.${trouble}`) : t(`serviceState.${standing.state as Service['state']}`)}</Mark>
      {remark && <span className={classes.remark}>{t(`standing.remark.${remark}`)}</span>}
      {'away' in standing && standing.away && <span className={classes.said}>{t('hosted.away')}</span>}
      {detailed && said && <span className={classes.said}>{said}</span>}
    </span>
  );
}

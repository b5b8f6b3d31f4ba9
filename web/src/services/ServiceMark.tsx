import { useTranslation } from 'react-i18next';
import type { Service } from '../api/types';
import { Mark } from '../ui/State';
import classes from './ServiceMark.module.css';
import { standingOf } from './standing';

/** A service's state in a word; below it what should be put right. What the last look found shows on hover. */
export function ServiceMark({ service }: { service: Service }) {
  const { t } = useTranslation();
  const { state, trouble, remark, tone } = standingOf(service);
  const { message } = service.check?.finding ?? {};
  return (
    <span className={classes.both} title={trouble || remark ? message : undefined}>
      <Mark tone={tone}>{trouble ? t(`standing.${trouble}`) : t(`serviceState.${state}`)}</Mark>
      {remark && <span className={classes.remark}>{t(`standing.remark.${remark}`)}</span>}
    </span>
  );
}

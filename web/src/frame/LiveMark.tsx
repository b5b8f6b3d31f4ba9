import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLiveState } from '../api/live';
import classes from './LiveMark.module.css';

/** Whether what is shown follows what happens. */
export function LiveMark() {
  const { t } = useTranslation();
  const state = useLiveState();
  return (
    <Tooltip label={t(`live.hint.${state}`)}>
      <span className={classes.mark} data-state={state} role="status" tabIndex={0}>
        <span className={classes.dot} aria-hidden />
        <span className={classes.word}>{t(`live.${state}`)}</span>
      </span>
    </Tooltip>
  );
}

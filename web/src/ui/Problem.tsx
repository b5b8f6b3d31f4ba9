import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useProblem } from './problem';
import classes from './Problem.module.css';

/** What failed and what to do, in the server's words where it had any. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const { message, hint, requestId } = useProblem(error);
  return (
    <div className={classes.problem} role="alert">
      <IconAlertTriangle size={18} className={classes.icon} aria-hidden />
      <div className={classes.words}>
        <strong>{message}</strong>
        {hint && <span>{hint}</span>}
        {requestId && <span className={classes.request}>{t('error.request', { id: requestId })}</span>}
        {retry && (
          <Button variant="default" size="compact-sm" className={classes.retry} onClick={retry}>
            {t('error.retry')}
          </Button>
        )}
      </div>
    </div>
  );
}

// Where nothing else can be shown: no such page, or a page that failed.

import { Button } from '@mantine/core';
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import { useProblem } from '../ui/problem';
import { Logo } from './Logo';
import classes from './Trouble.module.css';

export function NotFound() {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${t('notFound.title')} · Edgeward`;
  }, [t]);
  return (
    <div className={classes.trouble}>
      <Logo size={40} />
      <h1>{t('notFound.title')}</h1>
      <p>{t('notFound.body')}</p>
      <div className={classes.actions}>
        <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('notFound.home')}</Button>
      </div>
    </div>
  );
}

export function Failed({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const { message, hint, requestId } = useProblem(error);
  const fromServer = error instanceof ApiError;

  function again() {
    reset();
    void router.invalidate();
  }

  return (
    <div className={classes.trouble} role="alert">
      <Logo size={40} />
      <h1>{message}</h1>
      {hint && <p>{hint}</p>}
      <p>{fromServer ? t('failed.server') : t('failed.page')}</p>
      {requestId && <p className={classes.small}>{t('error.request', { id: requestId })}</p>}
      <div className={classes.actions}>
        <Button onClick={again}>{t('error.retry')}</Button>
        <Button variant="default" onClick={() => window.location.reload()}>{t('failed.reload')}</Button>
      </div>
    </div>
  );
}

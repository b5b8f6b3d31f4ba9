import { IconAlertTriangle, IconMail } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { PasswordLink } from '../api/types';
import { Ago } from '../ui/Ago';
import { CommandLine } from '../ui/Copy';
import classes from './People.module.css';

/** What became of a link: sent by e-mail, or to be handed over. */
export function LinkResult({ link: { mailed, mail_error, url, expires_at } }: { link: PasswordLink }) {
  const { t } = useTranslation();
  return (
    <>
      {mailed && <div className={classes.result}><IconMail size={17} className={classes.good} aria-hidden />{t('link.mailed')}</div>}
      {mail_error && (
        <div className={classes.result}>
          <IconAlertTriangle size={17} className={classes.warn} aria-hidden />
          <span>{t('link.notMailed', { why: mail_error })}</span>
        </div>
      )}
      {url && <CommandLine text={url} prompt={false} />}
      <p className={classes.note}>{url ? t('link.handOver') : t('link.once')} <Ago at={expires_at} future /></p>
    </>
  );
}

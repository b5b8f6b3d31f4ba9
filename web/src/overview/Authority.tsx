import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { API } from '../api/client';
import { Ago } from '../ui/Ago';
import { CopyIcon } from '../ui/Copy';
import { Card } from '../ui/Page';
import classes from './Authority.module.css';

/** The CA's fingerprint, where it is known when it ends, and its certificate to take along. */
export function Authority({ fingerprint, expiresAt }: { fingerprint: string; expiresAt?: string }) {
  const { t } = useTranslation();
  const plain = fingerprint.replace(/^sha256:/, '');
  return (
    <Card
      title={t('ca.title')}
      aside={
        <Button
          component="a" href={`${API}/ca`} download="edgeward-ca.pem" variant="default" size="compact-sm"
          leftSection={<IconDownload size={15} aria-hidden />}
        >
          {t('ca.download')}
        </Button>
      }
    >
      <p className={classes.lead}>{t('ca.lead')}</p>
      <div className={classes.fingerprint}>
        <span className={classes.digits} role="text" aria-label={t('ca.fingerprint')}>
          {plain.match(/.{1,8}/g)?.map((part, index) => <span key={index}>{part}</span>)}
        </span>
        <CopyIcon text={plain} what={t('ca.fingerprint')} />
      </div>
      <p className={classes.small}>
        SHA-256{expiresAt && <>{' · '}{t('ca.ends')} <Ago at={expiresAt} future /></>}
      </p>
    </Card>
  );
}

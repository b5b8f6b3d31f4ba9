// What devices and edge services know this control plane by: the CA certificate, and the public key.

import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { agentServiceQuery, publicKeyQuery } from '../api/queries';
import { NotFound } from '../frame/Trouble';
import { Authority } from '../overview/Authority';
import { CopyIcon, CopyText } from '../ui/Copy';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import classes from './Settings.module.css';

/** For administrators of organisations and projects, who have no settings. */
export function KeysPage() {
  const { t } = useTranslation();
  const mayDownload = useCan()('download_public_key');
  if (!mayDownload) return <NotFound />;
  return (
    <Page title={t('settings.section.keys')} lead={t('settings.keys.lead')} narrow>
      <Keys />
    </Page>
  );
}

export function Keys() {
  const service = useQuery(agentServiceQuery);
  return (
    <>
      {service.data ? (
        <Authority fingerprint={service.data.ca_fingerprint} expiresAt={service.data.ca_expires_at} />
      ) : service.isError ? (
        <Problem error={service.error} retry={() => void service.refetch()} />
      ) : (
        <Waiting rows={1} height={210} />
      )}
      <ServiceKey />
    </>
  );
}

/** The public key is asked for when it is wanted: each time is recorded. */
function ServiceKey() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const key = useMutation({
    mutationFn: () => queryClient.fetchQuery({ ...publicKeyQuery, staleTime: 0 }),
    onSuccess: ({ file_name, pem }) => saveFile(file_name, pem),
  });
  return (
    <Card
      title={t('settings.keys.title')}
      aside={
        <Button
          variant="default" size="compact-sm" loading={key.isPending} onClick={() => key.mutate()}
          leftSection={<IconDownload size={15} aria-hidden />}
        >
          {t('settings.keys.download')}
        </Button>
      }
    >
      <p className={classes.lead}>{t('settings.keys.serviceLead')}</p>
      <div role="status">
        {key.isError && <Problem error={key.error} />}
        {key.data && (
          <Facts
            items={[
              [t('settings.keys.fileName'), <CopyText key="n" text={key.data.file_name} what={t('settings.keys.fileName')} />],
              [t('settings.keys.fingerprint'), <CopyText key="f" text={key.data.fingerprint} what={t('settings.keys.fingerprint')} />],
              ['PEM', (
                <span key="p" className={classes.pem}>
                  <code tabIndex={0}>{key.data.pem.trim()}</code>
                  <CopyIcon text={key.data.pem} what="PEM" />
                </span>
              )],
            ]}
          />
        )}
      </div>
      <p className={classes.small}>{t('settings.keys.recorded')}</p>
    </Card>
  );
}

/** Saves a text as a file under exactly this name. */
function saveFile(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of it by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

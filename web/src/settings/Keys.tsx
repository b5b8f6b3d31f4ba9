// What devices and edge services know this control plane by: the CA certificate, and the public keys.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { agentServiceQuery } from '../api/queries';
import { NotFound } from '../frame/Trouble';
import { KeyPairs } from '../keys/KeyPairs';
import { Authority } from '../overview/Authority';
import { Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';

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
      <KeyPairs />
    </>
  );
}

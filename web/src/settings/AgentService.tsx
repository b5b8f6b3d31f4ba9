// The broker that agents connect to, as it is now.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { agentServiceQuery } from '../api/queries';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { Card, Facts, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Mark } from '../ui/State';
import classes from './Settings.module.css';

/** Rates change without an event. */
const ASK_AGAIN_MS = 5_000;

export function AgentService() {
  const { t, i18n } = useTranslation();
  const query = useQuery({ ...agentServiceQuery, refetchInterval: ASK_AGAIN_MS });
  const number = new Intl.NumberFormat(i18n.language);
  const rate = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  const service = query.data;
  if (!service) return query.isError ? <Problem error={query.error} retry={() => void query.refetch()} /> : <Waiting rows={1} height={320} />;
  const kind = service.kind === 'embedded' || service.kind === 'external' ? t(`broker.${service.kind}`) : service.kind;
  return (
    <Card
      title={t('broker.title')}
      aside={<Mark tone={service.connected ? 'online' : 'failed'}>{service.connected ? t('broker.connected') : t('broker.disconnected')}</Mark>}
    >
      <p className={classes.lead}>{t('settings.agentService.lead')}</p>
      <Facts
        items={[
          [t('noun.kind'), kind],
          [t('noun.address'), <CopyText key="a" text={service.address} what={t('noun.address')} />],
          [
            t('settings.agentService.enrolment'),
            <span key="e" className={classes.lines}>
              {service.enrolment_addresses.map((each) => <CopyText key={each} text={each} what={t('noun.address')} />)}
            </span>,
          ],
          [service.connected ? t('broker.since') : t('broker.notSince'), <Ago key="s" at={service.since} />],
          [t('broker.lastError'), service.last_error ?? <span key="n" className="ew-muted">{t('broker.noError')}</span>],
          [
            t('settings.agentService.agentsOnline'),
            <Link key="o" to="/agents" search={{ presence: 'online', organisation: undefined, project: undefined }} className="ew-link">{number.format(service.agents_online)}</Link>,
          ],
          [
            t('settings.agentService.clients'),
            service.clients === null ? <span key="c" className="ew-muted">{t('settings.agentService.clientsUnknown')}</span> : number.format(service.clients),
          ],
          [t('settings.agentService.messagesIn'), t('settings.agentService.perSecond', { number: rate.format(service.messages_in_per_s) })],
          [t('settings.agentService.messagesOut'), t('settings.agentService.perSecond', { number: rate.format(service.messages_out_per_s) })],
        ]}
      />
    </Card>
  );
}

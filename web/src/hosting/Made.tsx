// What came of a request to make services: those that are recorded, with how far each is now; and why the others are not.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import batchClasses from '../agents/batch/Batch.module.css';
import { servicesQuery } from '../api/queries';
import type { HostedMade, HostingAgent } from '../api/types';
import classes from '../people/People.module.css';
import { ServiceMark } from '../services/ServiceMark';
import { Mark } from '../ui/State';

/** An address has room for so many ids; the list of services has all. */
const FOLLOWED = 100;

interface MadeProps {
  answer: HostedMade;
  /** Those that could be chosen, for their names. */
  agents: HostingAgent[];
  onAgain: () => void;
  onClose: () => void;
}

export function Made({ answer: { services, refused }, agents, onAgain, onClose }: MadeProps) {
  const { t } = useTranslation();
  const ids = services.slice(0, FOLLOWED).map(({ id }) => id);
  const now = useQuery({ ...servicesQuery({ ids: ids.join(','), limit: FOLLOWED }), enabled: ids.length > 0 }).data?.items ?? [];
  const newest = new Map(now.map((service) => [service.id, service]));
  const names = new Map(agents.map(({ agent_id, agent_name }) => [agent_id, agent_name]));
  return (
    <div className={classes.form}>
      <p role="status" className={batchClasses.sum}>
        {services.length > 0 && t('hostMade.made', { count: services.length })}
        {refused.length > 0 && <> <span className={classes.bad}>{t('hostMade.refused', { count: refused.length })}</span></>}
      </p>
      {refused.length > 0 && (
        <div className={batchClasses.scroll} tabIndex={0} role="region" aria-label={t('hostMade.refusedLabel')}>
          <table className={batchClasses.table}>
            <thead><tr><th scope="col">{t('noun.agent')}</th><th scope="col">{t('hostMade.why')}</th></tr></thead>
            <tbody>
              {refused.map(({ agent_id, reason }) => (
                <tr key={agent_id}>
                  <td><Link to="/agents/$id" params={{ id: agent_id }} className="ew-link">{names.get(agent_id) ?? agent_id.slice(0, 8)}</Link></td>
                  <td><Mark tone="failed">{t('hostMade.notMade')}</Mark><span className={batchClasses.reason} data-verbatim>{reason}</span></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {services.length > 0 && (
        <div className={batchClasses.scroll} tabIndex={0} role="region" aria-label={t('hostMade.madeLabel')}>
          <table className={batchClasses.table}>
            <thead><tr><th scope="col">{t('noun.service')}</th><th scope="col">{t('noun.state')}</th></tr></thead>
            <tbody>
              {services.map((service) => (
                <tr key={service.id}>
                  <td><Link to="/services/$id" params={{ id: service.id }} className="ew-link">{service.name}</Link></td>
                  <td><ServiceMark service={newest.get(service.id) ?? service} detailed /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {services.length > 0 && <p className={classes.note}>{t('hostMade.note')}</p>}
      <div className={classes.buttons}>
        <Button variant="default" onClick={onAgain}>{t('hostMade.again')}</Button>
        <Button onClick={onClose} data-autofocus>{t('dialog.done')}</Button>
      </div>
    </div>
  );
}

// What came of an operation for each service: recorded or done, or why not; the latter first.

import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import batchClasses from '../agents/batch/Batch.module.css';
import type { Operated, Service } from '../api/types';
import questionClasses from '../ui/Question.module.css';
import { Mark } from '../ui/State';

interface OperateResultsProps {
  services: Service[];
  answers: Operated[];
  onClose: () => void;
}

export function OperateResults({ services, answers, onClose }: OperateResultsProps) {
  const { t } = useTranslation();
  const known = new Map(services.map((service) => [service.id, service]));
  const failed = answers.filter(({ done }) => !done);
  const done = answers.filter((each) => each.done);
  const recorded = done.some(({ service_id }) => known.get(service_id)?.way === 'hosted');
  return (
    <>
      <p role="status" className={batchClasses.sum}>
        {failed.length === 0 ? t('operate.all', { count: done.length }) : t('operate.some', { count: failed.length, done: done.length })}
      </p>
      <div className={batchClasses.scroll} tabIndex={0} role="region" aria-label={t('batch.results')}>
        <table className={batchClasses.table}>
          <thead><tr><th scope="col">{t('noun.service')}</th><th scope="col">{t('batch.outcome')}</th></tr></thead>
          <tbody>
            {[...failed, ...done].map(({ service_id, done: good, reason }) => {
              const service = known.get(service_id);
              return (
                <tr key={service_id}>
                  <td>{service?.name ?? service_id.slice(0, 8)}</td>
                  <td>
                    <Mark tone={!good ? 'failed' : service?.way === 'hosted' ? 'busy' : 'online'}>
                      {!good ? t('operate.refused') : service?.way === 'hosted' ? t('operate.recorded') : t('batch.done')}
                    </Mark>
                    {reason && <span className={batchClasses.reason} data-verbatim>{reason}</span>}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {recorded && <p className="ew-muted">{t('operate.recordedNote')}</p>}
      <div className={questionClasses.actions}><Button onClick={onClose} data-autofocus>{t('dialog.close')}</Button></div>
    </>
  );
}

// What a delivery would do: to how many services, in which waves, and what would change on each.

import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import batchClasses from '../agents/batch/Batch.module.css';
import type { DeliveryPreview as Preview, PreviewedService } from '../api/types';
import rolloutClasses from '../rollouts/Rollouts.module.css';
import { Mark } from '../ui/State';
import classes from './Deliver.module.css';

/** So few of those that would change are unfolded at first. */
const UNFOLDED = 3;

export function DeliveryPreview({ preview: { total, waves, services } }: { preview: Preview }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const problems = services.filter(({ problem }) => problem).length;
  const unfolded = new Set(services.filter(({ differences }) => differences.length > 0).slice(0, UNFOLDED).map(({ service_id }) => service_id));
  const same = services.filter(({ problem, differences }) => !problem && differences.length === 0).length;
  return (
    <div className={rolloutClasses.preview}>
      <p className={rolloutClasses.verdict} role="status">
        <strong>{t('deliver.total', { count: total })}</strong>
        {problems > 0 && <span className={classes.bad}>{t('deliver.problems', { count: problems })}</span>}
        {same > 0 && <span className="ew-muted">{t('deliver.same', { count: same })}</span>}
      </p>
      {waves.length > 0 && (
        <ol className={rolloutClasses.waveSizes} aria-label={t('rollout.waves')}>
          {waves.map((size, index) => <li key={index}><span className="ew-muted">{t('rollout.wave', { number: index + 1 })}</span> <strong>{number.format(size)}</strong></li>)}
        </ol>
      )}
      <ul className={classes.previewed}>
        {services.map((service) => <li key={service.service_id}><Previewed service={service} open={unfolded.has(service.service_id) || !!service.problem} /></li>)}
      </ul>
      {total > services.length && <p className={classes.note}>{t('deliver.notRead', { count: total - services.length })}</p>}
    </div>
  );
}

function Previewed({ service: { service_id, name, wave, differences, problem }, open }: { service: PreviewedService; open: boolean }) {
  const { t } = useTranslation();
  return (
    <details open={open}>
      <summary>
        <span className={classes.name} data-verbatim>{name}</span>
        <span className="ew-muted">{t('rollout.wave', { number: wave })}</span>
        {problem ? <Mark tone="failed">{t('deliver.problem')}</Mark> : differences.length > 0 ? <span>{t('deliver.changes', { count: differences.length })}</span> : <Mark tone="online">{t('deliver.soAlready')}</Mark>}
      </summary>
      <div className={classes.inside}>
        <Link to="/services/$id" params={{ id: service_id }} target="_blank" className="ew-link">{t('deliver.showService')}</Link>
        {problem && <p className={classes.bad} data-verbatim>{problem}</p>}
        {!problem && differences.length === 0 && <p className={classes.note}>{t('deliver.nothingChanges')}</p>}
        {differences.length > 0 && (
          <div className={`${batchClasses.scroll} ${rolloutClasses.previewScroll}`} tabIndex={0} role="region" aria-label={t('deliver.differencesOf', { name })}>
            <table className={`${batchClasses.table} ${rolloutClasses.previewTable} ${classes.differences}`}>
              <thead>
                <tr>
                  <th scope="col">{t('deliver.path')}</th>
                  <th scope="col">{t('deliver.before')}</th>
                  <th scope="col">{t('deliver.after')}</th>
                </tr>
              </thead>
              <tbody>
                {differences.map(({ path, before, after }) => (
                  <tr key={path}>
                    <td className="ew-mono">{path}</td>
                    <td data-label={t('deliver.before')}><Leaf value={before} none={t('deliver.notThere')} /></td>
                    <td data-label={t('deliver.after')}><Leaf value={after} none={t('deliver.goesAway')} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </details>
  );
}

function Leaf({ value, none }: { value: string | undefined; none: string }) {
  return value === undefined ? <span className="ew-muted">{none}</span> : <span className={`ew-mono ${classes.leaf}`}>{value}</span>;
}

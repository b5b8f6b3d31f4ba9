// What a rollout would do: how many devices, which of them and why, in which wave, and the way back of each.

import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import type { RolloutPreview } from '../api/types';
import batchClasses from '../agents/batch/Batch.module.css';
import { PresenceMark } from '../ui/State';
import classes from './Rollouts.module.css';
import { effectText, undoText, whyText } from './said';

export function Preview({ preview, includesLater }: { preview: RolloutPreview; includesLater: boolean }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const { total, online, offline, waves, devices } = preview;
  return (
    <div className={classes.preview}>
      <p className={classes.verdict} role="status">
        <strong>{total === 0 ? (includesLater ? t('preview.nobodyYet') : t('preview.nobody')) : t('preview.total', { count: total })}</strong>
        {total > 0 && <span className="ew-muted">{t('preview.presence', { online: number.format(online), offline: number.format(offline) })}</span>}
      </p>
      {waves.length > 0 && (
        <ol className={classes.waveSizes} aria-label={t('rollout.waves')}>
          {waves.map((size, index) => <li key={index}><span className="ew-muted">{t('rollout.wave', { number: index + 1 })}</span> <strong>{number.format(size)}</strong></li>)}
        </ol>
      )}
      {devices.length > 0 && (
        <div className={`${batchClasses.scroll} ${classes.previewScroll}`} tabIndex={0} role="region" aria-label={t('preview.devices')}>
          <table className={`${batchClasses.table} ${classes.previewTable}`}>
            <thead>
              <tr>
                <th scope="col">{t('actions.device')}</th>
                <th scope="col">{t('rollout.waveOf')}</th>
                <th scope="col">{t('preview.why')}</th>
                <th scope="col">{t('preview.effect')}</th>
                <th scope="col">{t('preview.undo')}</th>
              </tr>
            </thead>
            <tbody>
              {devices.map((each) => (
                <tr key={each.device_id}>
                  <td>
                    <Link to="/devices/$id" params={{ id: each.device_id }} target="_blank" className="ew-link">{each.device_name}</Link>
                    {!each.online && <PresenceMark presence="offline" />}
                  </td>
                  <td data-label={t('rollout.waveOf')}>{each.wave}</td>
                  <td data-label={t('preview.why')} data-verbatim>{each.why.length > 0 ? each.why.map((why) => <span key={why} className={classes.sentence}>{whyText(t, why)}</span>) : <span className="ew-muted">{t('preview.inPlace')}</span>}</td>
                  <td data-label={t('preview.effect')} data-verbatim>{effectText(t, each.effect)}</td>
                  <td data-label={t('preview.undo')} data-verbatim className="ew-muted">{undoText(t, each.undo)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {total > devices.length && <p className={batchClasses.more}>{t('preview.more', { count: total - devices.length })}</p>}
        </div>
      )}
    </div>
  );
}

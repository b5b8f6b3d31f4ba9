// The progress of a rollout or a delivery: how many are how far, in all and in each wave, and how its undoing goes.

import { useTranslation } from 'react-i18next';
import type { Rollout } from '../api/types';
import { Card } from '../ui/Page';
import { Mark } from '../ui/State';
import { CountsText, RolloutBar, type CourseKind } from './RolloutMarks';
import classes from './Rollouts.module.css';
import { endedOf, totalOf, waveState, type WaveState } from './state';

const WAVE_TONE = { waits: 'offline', goes: 'busy', through: 'online' } as const satisfies Record<WaveState, string>;

interface CourseProps {
  course: Pick<Rollout, 'name' | 'begun' | 'waves' | 'counts' | 'undo'>;
  of: CourseKind;
}

export function Progress({ course: { name, counts, undo }, of }: CourseProps) {
  const { t } = useTranslation();
  return (
    <Card title={t('rollout.progress')} aside={<span className="ew-muted">{t(`${of}.ended`, { ended: endedOf(counts), count: totalOf(counts) })}</span>}>
      <RolloutBar counts={counts} label={t('rollout.progressOf', { name })} />
      <div className={classes.legend}><CountsText counts={counts} of={of} /></div>
      {totalOf(undo) > 0 && (
        <div className={classes.undo}>
          <strong>{t('rollout.undoing')}</strong>
          <RolloutBar counts={undo} label={t('rollout.undoing')} />
          <CountsText counts={undo} of={of} />
        </div>
      )}
    </Card>
  );
}

export function Waves({ course, of }: CourseProps) {
  const { t } = useTranslation();
  const { waves, begun } = course;
  return (
    <Card title={t('rollout.waves')} aside={<span className="ew-muted">{t('rollout.begun', { begun, count: waves.length })}</span>}>
      {waves.length === 0 && <p className={classes.note}>{t('rollout.noWaves')}</p>}
      <ol className={classes.waves}>
        {waves.map((counts, index) => {
          const state = waveState(course, index);
          return (
            <li key={index}>
              <strong>{t('rollout.wave', { number: index + 1 })}</strong>
              <Mark tone={WAVE_TONE[state]}>{t(`rollout.waveState.${state}`)}</Mark>
              <RolloutBar counts={counts} label={t('rollout.wave', { number: index + 1 })} />
              <CountsText counts={counts} of={of} />
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

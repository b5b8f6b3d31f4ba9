// In which waves a rollout goes, and when it stops by itself.

import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { WaitField } from '../actions/ActionFields';
import { MAX_WAVES } from '../api/types';
import classes from './Rollouts.module.css';
import type { FieldsProps } from './SelectionFields';
import { durationText } from './words';

/** How long a wave can be watched, in seconds. */
const WATCHES_S = [0, 300, 900, 1800, 3600, 4 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600];

export type PaceFields = Pick<FieldsProps['fields'], 'waves' | 'failures' | 'watchS'>;

interface PaceProps {
  fields: PaceFields;
  onChange: (change: Partial<PaceFields>) => void;
  of: FieldsProps['of'];
  /** After whose end a wave is watched. */
  watchNote: string;
}

/** The sizes of the waves, how many may fail, and how long each is watched: three fields. */
export function Pace({ fields, onChange, of, watchNote }: PaceProps) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <TextInput
        label={t('rollout.waves')} description={t('plan.wavesNote', { max: MAX_WAVES })} placeholder="1, 10%, 50%" autoComplete="off"
        value={fields.waves} onChange={(event) => onChange({ waves: event.currentTarget.value })} {...of('waves')}
      />
      <TextInput
        label={t('plan.failures')} description={t('plan.failuresNote')} placeholder="0" autoComplete="off"
        value={fields.failures} onChange={(event) => onChange({ failures: event.currentTarget.value })} {...of('failures')}
      />
      <NativeSelect
        label={t('plan.watch')} description={watchNote} value={String(fields.watchS)} onChange={(event) => onChange({ watchS: Number(event.currentTarget.value) })}
        data={WATCHES_S.map((seconds) => ({ value: String(seconds), label: seconds === 0 ? t('plan.noWatch') : durationText(seconds, i18n.language) }))}
      />
    </>
  );
}

export function PlanFields({ fields, onChange, of }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <div className={classes.pair}>
        <Pace fields={fields} onChange={onChange} of={of} watchNote={t('plan.watchNote')} />
        <WaitField seconds={fields.expiresInS} onChange={(expiresInS) => onChange({ expiresInS })} />
      </div>
      <Checkbox label={t('plan.away')} description={t('plan.awayNote')} checked={fields.waitForAway} onChange={(event) => onChange({ waitForAway: event.currentTarget.checked })} />
      <Checkbox label={t('plan.later')} description={t('plan.laterNote')} checked={fields.includeLater} onChange={(event) => onChange({ includeLater: event.currentTarget.checked })} />
    </>
  );
}

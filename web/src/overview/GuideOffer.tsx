import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconListCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { settingsQuery } from '../api/queries';
import { Problem } from '../ui/Problem';
import classes from './GuideOffer.module.css';
import { useFinish } from './finish';

/** Offers the first steps to a system administrator until they are finished or skipped. */
export function GuideOffer() {
  const { t } = useTranslation();
  const mayManage = useCan()('manage_settings', 'system');
  const settings = useQuery({ ...settingsQuery, enabled: mayManage }).data;
  const skip = useFinish();
  if (!mayManage || !settings || settings.guide_done) return null;
  return (
    <section className={classes.offer} aria-label={t('guide.title')}>
      <IconListCheck size={22} aria-hidden />
      <div>
        <strong>{t('guide.offer')}</strong>
        <span>{t('guide.offerBody')}</span>
        {skip.isError && <Problem error={skip.error} />}
      </div>
      <div className={classes.buttons}>
        <Button size="compact-md" renderRoot={(props) => <Link to="/welcome" {...props} />}>{t('guide.start')}</Button>
        <Button size="compact-md" variant="subtle" color="gray" loading={skip.isPending} onClick={() => skip.mutate()}>{t('guide.skipAll')}</Button>
      </div>
    </section>
  );
}

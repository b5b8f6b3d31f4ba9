// What an organisation asks of devices that enrol: whose signatures it believes, whether a device may come without
// one, and whether devices may register themselves.

import { Button, Checkbox, Select } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { changeEnrolment } from '../api/calls';
import { useCan } from '../api/permissions';
import { enrolmentQuery } from '../api/queries';
import type { EnrolmentSettings, Organisation } from '../api/types';
import { keepFocus } from '../ui/form';
import { useNotify } from '../ui/notify';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import classes from './Enrolment.module.css';
import { Keys } from './Keys';

export function EnrolmentTab({ organisation }: { organisation: Organisation }) {
  const settings = useQuery(enrolmentQuery(organisation.id));
  if (!settings.data) return settings.isError ? <Problem error={settings.error} retry={() => void settings.refetch()} /> : <Waiting rows={2} height={160} />;
  return (
    <>
      <Keys organisation={organisation} settings={settings.data} />
      <Rules organisation={organisation} settings={settings.data} />
    </>
  );
}

/** For no project: a Select has no value for that. */
const NOWHERE = 'nowhere';

function Rules({ organisation: { id, projects }, settings }: { organisation: Organisation; settings: EnrolmentSettings }) {
  const { t } = useTranslation();
  const can = useCan();
  const queryClient = useQueryClient();
  const { say } = useNotify();
  const may = can('manage_enrolment', { organisation: id });
  const mayAutomatic = can('manage_automatic_enrolment', 'system');
  const theirs = { unverified: settings.allow_unverified, automatic: settings.automatic_project_id ?? NOWHERE };
  const form = useForm({ initialValues: theirs });
  // A change made elsewhere shows where nothing is being changed here.
  useEffect(() => {
    if (form.isDirty()) return;
    form.setInitialValues(theirs);
    form.setValues(theirs);
  }, [theirs.unverified, theirs.automatic]);
  const save = useMutation({
    mutationFn: ({ unverified, automatic }: typeof theirs) => changeEnrolment(id, { allow_unverified: unverified, automatic_project_id: automatic === NOWHERE ? null : automatic }),
    onSuccess: (saved, sent) => {
      form.resetDirty(sent);
      queryClient.setQueryData(enrolmentQuery(id).queryKey, saved);
      say(t('enrolment.saved'));
    },
  });
  const { unverified, automatic } = form.values;
  return (
    <Card title={t('enrolment.rules')}>
      <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Checkbox
          label={t('enrolment.unverified')} description={t('enrolment.unverifiedNote')} disabled={!may} checked={unverified}
          onChange={(event) => form.setFieldValue('unverified', event.currentTarget.checked)}
        />
        {unverified && <p className={classes.warning} role="note"><IconAlertTriangle size={17} aria-hidden />{t('enrolment.unverifiedWarning')}</p>}
        <Select
          className={classes.field} label={t('enrolment.automatic')} description={mayAutomatic ? t('enrolment.automaticNote') : t('enrolment.automaticAdmin')} disabled={!mayAutomatic}
          allowDeselect={false} checkIconPosition="right" value={automatic} onChange={(value) => form.setFieldValue('automatic', value ?? NOWHERE)}
          data={[{ value: NOWHERE, label: t('enrolment.automaticOff') }, ...projects.map((each) => ({ value: each.id, label: each.name }))]}
        />
        {automatic !== NOWHERE && settings.keys.length === 0 && <p className={classes.note}>{t('enrolment.automaticNoKey')}</p>}
        {save.isError && <Problem error={save.error} />}
        {(may || mayAutomatic) && (
          <div className={classes.buttons} {...keepFocus}>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>{t('enrolment.save')}</Button>
            {form.isDirty() && <Button variant="subtle" color="gray" onClick={() => form.reset()}>{t('enrolment.discard')}</Button>}
          </div>
        )}
      </form>
    </Card>
  );
}

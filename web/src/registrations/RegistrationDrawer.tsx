// One registered device in full: where it stands, who vouches for it, what it is handed, and what can be done with it.

import { Button, Drawer } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EVERYWHERE, useAuditLink } from '../audit/link';
import { setDeviceData } from '../api/calls';
import { useCan } from '../api/permissions';
import { registrationQuery } from '../api/queries';
import type { Registration } from '../api/types';
import { sizeText } from '../devices/words';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { Facts, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { keepFocus } from '../ui/form';
import { DeviceDataField } from './DeviceDataField';
import classes from './Registrations.module.css';
import { StateQuestion, verbsFor, type RegistrationVerb } from './StateQuestion';
import { NO_DATA, asBase64, dataProblem } from './deviceData';
import { AutomaticTag, StatusMark, VerificationMark } from './marks';

interface RegistrationDrawerProps {
  id: string | undefined;
  /** Those that are shown; another is asked for. */
  shown: Registration[];
  onClose: () => void;
}

export function RegistrationDrawer({ id, shown, onClose }: RegistrationDrawerProps) {
  const { t } = useTranslation();
  const here = shown.find((each) => each.id === id);
  const asked = useQuery({ ...registrationQuery(id ?? ''), enabled: !!id && !here });
  const registration = here ?? (id && asked.data?.id === id ? asked.data : undefined);
  return (
    <Drawer
      opened={!!id} onClose={onClose} position="right" size={620} title={registration ? registration.serial : t('registration.one')}
      classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {registration ? <Shown key={registration.id} registration={registration} onGone={onClose} /> : asked.isError ? <Problem error={asked.error} retry={() => void asked.refetch()} /> : <Waiting rows={5} height={40} />}
    </Drawer>
  );
}

function Shown({ registration, onGone }: { registration: Registration; onGone: () => void }) {
  const { t, i18n } = useTranslation();
  const can = useCan();
  const audit = useAuditLink({ organisation: registration.organisation_id, project: registration.project_id });
  const [verb, setVerb] = useState<RegistrationVerb>();
  const [handing, setHanding] = useState(false);
  const { id, status, clash, verification, verified_by, dialect, device_data_bytes: bytes } = registration;
  const may = can('manage_registrations', { project: registration.project_id, organisation: registration.organisation_id });
  const items: [string, React.ReactNode][] = [
    [t('registration.brand'), registration.brand],
    [t('registration.model'), registration.model],
    [t('registration.serial'), <CopyText key="s" text={registration.serial} what={t('registration.serial')} />],
    [t('noun.project'), `${registration.organisation_name} / ${registration.project_name}`],
    [t('registration.verificationOf'), <span key="v" className={classes.two}><VerificationMark verification={verification} />{verification === 'unverified' && <span className="ew-muted">{t('registration.unverifiedNote')}</span>}</span>],
  ];
  if (verified_by) items.push([t('registration.verifiedBy'), <CopyText key="k" text={verified_by} what={t('registration.verifiedBy')} />]);
  if (dialect) items.push([t('device.dialect'), t(`device.dialects.${dialect}`)]);
  if (registration.store) items.push([t('device.store'), registration.store]);
  items.push(
    [t('registration.dataSize'), bytes > 0 ? sizeText(bytes, i18n.language) : <span key="n" className="ew-muted">{t('registration.noData')}</span>],
    [t('registration.registeredAt'), <Ago key="r" at={registration.registered_at} />],
    [t('registration.enrolledAt'), <Ago key="e" at={registration.enrolled_at} />],
    [t('noun.id'), <CopyText key="i" text={id} what={t('noun.id')} />],
  );
  return (
    <div className={classes.form}>
      <div className={classes.marks}><StatusMark status={status} /><AutomaticTag {...registration} /></div>
      <p className="ew-muted">{t(`registration.story.${status}`)}</p>
      {clash && <p className={classes.clash} role="note">{t('registration.clashStory', { count: clash.count, addresses: clash.addresses })} <Ago at={clash.last_at} /></p>}
      <Facts items={items} />
      <div className={classes.buttons}>
        {registration.enrolled_at && <Button variant="default" renderRoot={(props) => <Link to="/devices/$id" params={{ id }} {...props} />}>{t('registration.toDevice')}</Button>}
        {audit && <Button variant="default" renderRoot={(props) => <Link to="/audit" search={{ object: id, ...EVERYWHERE }} {...props} />}>{t('audit.ofThis')}</Button>}
        {may && !handing && <Button variant="default" onClick={() => setHanding(true)}>{t('registration.changeData')}…</Button>}
        {may && verbsFor(registration).map((each) => (
          <Button key={each} variant={each === 'delete' ? 'subtle' : 'default'} color={each === 'delete' ? 'red' : undefined} onClick={() => setVerb(each)}>
            {each === 'enable' && status === 'enrolled' ? t('registration.enable.verbAgain') : t(`registration.${each}.verb`)}…
          </Button>
        ))}
      </div>
      {handing && <Handing id={id} had={bytes > 0} onClose={() => setHanding(false)} />}
      <StateQuestion registration={registration} verb={verb} onClose={() => setVerb(undefined)} onDeleted={onGone} />
    </div>
  );
}

/** Other device data, in place of what there is; what there is cannot be read back. */
function Handing({ id, had, onClose }: { id: string; had: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [data, setData] = useState(NO_DATA);
  const save = useMutation({
    mutationFn: () => setDeviceData(id, asBase64(data)),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['registrations'] });
      onClose();
    },
  });
  return (
    <form
      className={classes.form} noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!dataProblem(data)) save.mutate();
      }}
    >
      <DeviceDataField value={data} onChange={setData} autoFocus />
      {had && <p className="ew-muted">{data.text.trim() ? t('registration.dataReplaces') : t('registration.dataGoes')}</p>}
      {save.isError && <Problem error={save.error} />}
      <div className={classes.buttons} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={save.isPending}>{t('registration.saveData')}</Button>
      </div>
    </form>
  );
}

// One device, registered before it enrols.

import { Button, Drawer, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { registerDevice } from '../api/calls';
import { MAX_IDENTITY_CHARS, type Organisation } from '../api/types';
import classes from '../people/People.module.css';
import { focusFirst, keepFocus } from '../ui/form';
import { useNotify } from '../ui/notify';
import { Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { ProjectField, useProjects } from '../ui/ProjectField';
import questionClasses from '../ui/Question.module.css';
import { DeviceDataField } from './DeviceDataField';
import { NO_DATA, asBase64, dataProblem, type TypedData } from './deviceData';
import { identityProblem } from './listed';
import { identityText } from './marks';

interface RegisterDrawerProps {
  opened: boolean;
  onClose: () => void;
}

export function RegisterDrawer({ opened, onClose }: RegisterDrawerProps) {
  const { t } = useTranslation();
  const { mine, first, pending } = useProjects('manage_registrations');
  return (
    <Drawer
      opened={opened} onClose={onClose} position="right" size={520} title={t('registration.make')} classNames={{ title: questionClasses.title }}
      // What was typed does not go with a click beside it.
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {pending ? <Waiting rows={4} height={60} /> : mine.length === 0 ? <p className={classes.note}>{t('registration.noProject')}</p> : <Form organisations={mine} first={first} onClose={onClose} />}
    </Drawer>
  );
}

interface Fields {
  project: string | null;
  brand: string;
  model: string;
  serial: string;
  data: TypedData;
}

function Form({ organisations, first, onClose }: { organisations: Organisation[]; first: string | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { say } = useNotify();
  const part = (value: string) => {
    const problem = identityProblem(value);
    return problem === 'empty' ? t('rule.filled') : problem ? t(`registration.wrong.${problem}`, { max: MAX_IDENTITY_CHARS }) : null;
  };
  const form = useForm<Fields>({
    initialValues: { project: first, brand: '', model: '', serial: '', data: NO_DATA },
    validateInputOnBlur: ['brand', 'model', 'serial'],
    validate: { project: (value) => (value ? null : t('rule.filled')), brand: part, model: part, serial: part },
  });
  const register = useMutation({
    mutationFn: ({ project, brand, model, serial, data }: Fields) => {
      const device_data = asBase64(data);
      return registerDevice({ project_id: project ?? '', brand: brand.trim(), model: model.trim(), serial: serial.trim(), ...(device_data ? { device_data } : {}) });
    },
    onSuccess: async (made) => {
      say(t('registration.made', { name: identityText(made) }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['registrations'] });
    },
  });
  const { values } = form;
  const plain = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const;

  function send(fields: Fields) {
    if (!dataProblem(fields.data)) register.mutate(fields);
  }

  return (
    <form className={classes.form} noValidate onSubmit={form.onSubmit(send, focusFirst(form))}>
      <p className={classes.note}>{t('registration.makeNote')}</p>
      <ProjectField
        note={t('registration.projectNote')} organisations={organisations} value={values.project} error={form.errors.project}
        onChange={(project) => {
          form.setFieldValue('project', project);
          form.clearFieldError('project');
        }}
      />
      <TextInput data-autofocus label={t('registration.brand')} description={t('registration.brandNote')} {...plain} key={form.key('brand')} {...form.getInputProps('brand')} />
      <TextInput label={t('registration.model')} {...plain} key={form.key('model')} {...form.getInputProps('model')} />
      <TextInput label={t('registration.serial')} {...plain} key={form.key('serial')} {...form.getInputProps('serial')} />
      <DeviceDataField value={values.data} onChange={(data) => form.setFieldValue('data', data)} />
      {register.isError && <Problem error={register.error} />}
      <div className={classes.buttons} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={register.isPending}>{t('registration.makeVerb')}</Button>
      </div>
    </form>
  );
}

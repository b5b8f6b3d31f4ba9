// The form of a service, new or known. Saving proves: the control plane asks the service before it writes anything down, and what
// is in the way shows here, with the way around it.

import { Button, Select, TextInput, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { lengthProblem, nameProblem } from '../access/rules';
import { ApiError } from '../api/client';
import { serviceQuery } from '../api/queries';
import { MAX_CREDENTIAL_CHARS, MAX_SERVICE_DESCRIPTION_CHARS, type Organisation, type Service } from '../api/types';
import classes from '../people/People.module.css';
import { isTag, words } from '../rollouts/form';
import { focusFirst, keepFocus } from '../ui/form';
import { useProblemWords } from '../ui/problem';
import { Problem } from '../ui/Problem';
import { ProjectField } from '../ui/ProjectField';
import { AddressFields } from './AddressFields';
import { AuthenticationFields } from './AuthenticationFields';
import { NotProven } from './NotProven';
import { addressOf, fingerprintOf, isSecure } from './address';
import { KINDS, kindName } from './kinds';
import { fieldOf, fieldsOf, moves, newService, usualAuthentication, type ServiceFields } from './fields';

interface ServiceFormProps {
  /** Absent for a new one. */
  service?: Service;
  /** Where a new one may be added, and where at first. */
  organisations?: Organisation[];
  first?: string | null;
  /** Undefined where there was nothing to do. */
  send: (fields: ServiceFields, unproven: boolean) => Promise<Service | undefined>;
  onDone: (service: Service | undefined) => void;
  onCancel: () => void;
}

export function ServiceForm({ service, organisations, first = null, send, onDone, onCancel }: ServiceFormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const problemWords = useProblemWords();
  const ofAgent = service !== undefined && service.way !== 'direct';
  const form = useForm<ServiceFields>({
    initialValues: service ? fieldsOf(service) : newService(first),
    validateInputOnBlur: ['name', 'address', 'pinned', 'description', 'tags'],
    validate: {
      project: (value) => (service || value ? null : t('rule.filled')),
      name: (value) => nameProblem(t, value),
      address: (value, { kind }) => (ofAgent ? null : addressProblem(value, kind)),
      pinned: (value, { trust, address }) => (!ofAgent && trust === 'pinned' && isSecure(address) && !fingerprintOf(value) ? t('serviceForm.wrong.pinned') : null),
      user: (value, { authentication }) =>
        authentication !== 'basic' ? null : !value ? t('rule.filled') : value.includes(':') ? t('serviceForm.wrong.user') : lengthProblem(t, value, MAX_CREDENTIAL_CHARS),
      password: (value, fields) => {
        if (fields.authentication !== 'basic') return null;
        if (!value && service?.authentication === 'basic') return moves(service, fields) ? t('serviceForm.passwordAgain') : null;
        return value ? lengthProblem(t, value, MAX_CREDENTIAL_CHARS) : t('rule.filled');
      },
      description: (value) => lengthProblem(t, value, MAX_SERVICE_DESCRIPTION_CHARS),
      tags: (value) => (words(value).some((tag) => !isTag(tag)) ? t('serviceTags.wrong') : null),
    },
  });
  const { values } = form;
  const focusWrong = focusFirst(form);

  function addressProblem(value: string, kind: string) {
    if (!value.trim()) return t('rule.filled');
    const place = addressOf(value, kind);
    return 'problem' in place ? t(`serviceForm.wrong.${place.problem}`) : null;
  }

  const save = useMutation({
    mutationFn: ({ fields, unproven }: { fields: ServiceFields; unproven: boolean }) => send(fields, unproven),
    onSuccess: (saved) => {
      if (saved) {
        queryClient.setQueryData(serviceQuery(saved.id).queryKey, saved);
        for (const key of ['services', 'overview']) void queryClient.invalidateQueries({ queryKey: [key] });
      }
      onDone(saved);
    },
    onError: (error) => {
      const field = fieldAtFault(error);
      if (!field) return;
      const { message, hint } = problemWords(error);
      // Which field it is shows where it stands.
      const errors = { [field]: [message.replace(/^(address|pinned): /i, ''), hint].filter(Boolean).join('. ') };
      form.setErrors(errors);
      focusWrong(errors);
    },
  });
  const unproven = save.error instanceof ApiError && save.error.code === 'not_proven' ? save.error : undefined;
  const elsewhere = save.isError && !unproven && !fieldAtFault(save.error);

  // The form comes a moment after its drawer, which has looked for what to focus by then.
  useEffect(() => void form.getInputNode(values.project ? 'name' : 'project')?.focus(), []);
  const buttons = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (save.isPending || (save.error && !fieldAtFault(save.error))) buttons.current?.scrollIntoView({ block: 'nearest' });
  }, [save.isPending, save.error]);

  function submit(fields: ServiceFields, unproven: boolean) {
    const whole = addressOf(fields.address, fields.kind);
    if ('address' in whole) form.setFieldValue('address', whole.address);
    save.mutate({ fields, unproven });
  }

  function chooseKind(kind: string | null) {
    if (!kind) return;
    // What was not chosen by hand follows the kind.
    if (!service && values.authentication === usualAuthentication(values.kind)) form.setFieldValue('authentication', usualAuthentication(kind));
    form.setFieldValue('kind', kind);
    form.clearFieldError('kind');
  }

  const kinds = [...KINDS.map(String), ...(service && !KINDS.some((each) => each === service.kind) ? [service.kind] : [])];
  return (
    <form className={classes.form} noValidate aria-busy={save.isPending} onSubmit={form.onSubmit((fields) => submit(fields, false), focusWrong)}>
      {organisations && (
        <ProjectField
          data-path="project"
          note={t('serviceForm.projectNote')} organisations={organisations} value={values.project} error={form.errors.project}
          onChange={(project) => {
            form.setFieldValue('project', project);
            form.clearFieldError('project');
          }}
        />
      )}
      <TextInput label={t('noun.name')} description={t('rule.name', { max: 50 })} autoComplete="off" key={form.key('name')} {...form.getInputProps('name')} />
      {!ofAgent && (
        <>
          <Select
            label={t('noun.kind')} allowDeselect={false} checkIconPosition="right" value={values.kind} onChange={chooseKind} error={form.errors.kind}
            data={kinds.map((value) => ({ value, label: value === 'http' ? t('services.anyHttp') : kindName(value) }))}
          />
          <AddressFields form={form} />
        </>
      )}
      <AuthenticationFields form={form} kind={values.kind} kept={service?.authentication === 'basic' && !moves(service, values)} />
      {!ofAgent && (
        <Textarea label={t('noun.description')} rows={2} autosize={false} autoComplete="off" key={form.key('description')} {...form.getInputProps('description')} />
      )}
      {!service && <TextInput label={t('services.tags')} description={t('serviceTags.note')} autoComplete="off" autoCapitalize="off" spellCheck={false} key={form.key('tags')} {...form.getInputProps('tags')} />}
      {elsewhere && <Problem error={save.error} />}
      {unproven && <NotProven error={unproven} />}
      <div role="status" className={classes.note} hidden={!save.isPending}>{save.isPending && t('serviceForm.proving')}</div>
      <div ref={buttons} className={classes.buttons} {...keepFocus}>
        <Button variant="default" onClick={onCancel}>{t('dialog.cancel')}</Button>
        {unproven && (
          <Button variant="default" disabled={save.isPending} onClick={() => form.onSubmit((fields) => submit(fields, true), focusWrong)()}>
            {service ? t('serviceForm.saveAllTheSame') : t('serviceForm.addAllTheSame')}
          </Button>
        )}
        <Button type="submit" loading={save.isPending}>
          {unproven ? t('error.retry') : service ? t('serviceForm.save') : t('services.add')}
        </Button>
      </div>
    </form>
  );
}

function fieldAtFault(error: unknown): keyof ServiceFields | undefined {
  return error instanceof ApiError ? fieldOf(error) : undefined;
}

// A new template with its first version. It ends on the template's page.

import { Button, Drawer, NativeSelect, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MAX_NAME_CHARS, lengthProblem, nameProblem } from '../access/rules';
import { addTemplate } from '../api/calls';
import { MAX_NOTE_CHARS, type TemplateRequest } from '../api/types';
import formClasses from '../people/People.module.css';
import { kindName } from '../services/kinds';
import { keepFocus } from '../ui/form';
import { useNotify } from '../ui/notify';
import { Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { useProblemWords } from '../ui/problem';
import { ProjectField, useProjects } from '../ui/ProjectField';
import questionClasses from '../ui/Question.module.css';
import { TextFields, useTextProblem } from './TextFields';
import { refusedField } from './refused';
import { TEMPLATE_KINDS } from './services';

interface AddDrawerProps {
  opened: boolean;
  onClose: () => void;
}

export function AddDrawer({ opened, onClose }: AddDrawerProps) {
  const { t } = useTranslation();
  const { mine, first, pending } = useProjects('manage_services');
  return (
    <Drawer
      opened={opened} onClose={onClose} position="right" size={720} title={t('templates.add')} classNames={{ title: questionClasses.title }}
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {pending ? <Waiting rows={5} height={60} /> : mine.length === 0 ? <p className={formClasses.note}>{t('templateForm.noProject')}</p> : <Form organisations={mine} first={first} onClose={onClose} />}
    </Drawer>
  );
}

interface FormProps extends Pick<AddDrawerProps, 'onClose'> {
  organisations: ReturnType<typeof useProjects>['mine'];
  first: string | null;
}

function Form({ organisations, first, onClose }: FormProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { say } = useNotify();
  const words = useProblemWords();
  const textProblem = useTextProblem();
  const form = useRef<HTMLFormElement>(null);
  const [project, setProject] = useState(first);
  const [fields, setFields] = useState<Required<Omit<TemplateRequest, 'project_id'>>>({ name: '', kind: TEMPLATE_KINDS[0] ?? '', description: '', extent: 'part', text: '' });
  const [tried, setTried] = useState(false);
  const focusWrong = () => void setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  const send = useMutation({
    mutationFn: (request: TemplateRequest) => addTemplate(request),
    onSuccess: async (made) => {
      say(t('templateForm.added', { name: made.name }));
      await navigate({ to: '/templates/$id', params: { id: made.id } });
      await queryClient.invalidateQueries({ queryKey: ['templates'] });
    },
    onError: focusWrong,
  });
  const refused = refusedField(send.error);
  const change = (by: Partial<typeof fields>) => {
    setFields((before) => ({ ...before, ...by }));
    if (refused && refused in by) send.reset();
  };
  const own = {
    name: nameProblem(t, fields.name) ?? undefined, description: lengthProblem(t, fields.description, MAX_NOTE_CHARS) ?? undefined, text: textProblem(fields.text), kind: undefined,
  };
  const errorOf = (field: keyof typeof own) => (tried && own[field]) || (refused === field ? words(send.error).message : undefined);

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (project && !Object.values(own).some(Boolean)) send.mutate({ ...fields, name: fields.name.trim(), description: fields.description.trim(), project_id: project });
    else focusWrong();
  }

  return (
    <form ref={form} className={formClasses.form} noValidate aria-busy={send.isPending} onSubmit={submit}>
      <p className={formClasses.note}>{t('templateForm.lead')}</p>
      <ProjectField note={t('templateForm.projectNote')} organisations={organisations} value={project} onChange={setProject} error={tried && !project && t('rule.filled')} />
      <TextInput data-autofocus label={t('noun.name')} description={t('rule.name', { max: MAX_NAME_CHARS })} autoComplete="off" value={fields.name} onChange={(event) => change({ name: event.currentTarget.value })} error={errorOf('name')} />
      <NativeSelect
        label={t('noun.kind')} description={t('templateForm.kindNote')} data={TEMPLATE_KINDS.map((value) => ({ value, label: kindName(value) }))} value={fields.kind} error={errorOf('kind')}
        onChange={(event) => change({ kind: event.currentTarget.value })}
      />
      <Textarea
        label={t('noun.description')} description={t('templateForm.descriptionNote', { max: MAX_NOTE_CHARS })} autosize minRows={2} maxRows={6} value={fields.description} error={errorOf('description')}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <TextFields fields={fields} onChange={change} project={project} kind={fields.kind} error={errorOf('text')} />
      {send.isError && !refused && <Problem error={send.error} />}
      <div className={formClasses.buttons} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={send.isPending}>{t('templateForm.add')}</Button>
      </div>
    </form>
  );
}

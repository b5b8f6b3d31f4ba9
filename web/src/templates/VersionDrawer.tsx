// A new version of a template: what is there to begin with is the version that is shown.

import { Button, Drawer, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { lengthProblem } from '../access/rules';
import { addVersion } from '../api/calls';
import { templateQuery } from '../api/queries';
import { MAX_NOTE_CHARS, type Template, type TemplateVersion, type VersionRequest } from '../api/types';
import formClasses from '../people/People.module.css';
import { keepFocus } from '../ui/form';
import { useNotify } from '../ui/notify';
import { Problem } from '../ui/Problem';
import { useProblemWords } from '../ui/problem';
import questionClasses from '../ui/Question.module.css';
import { TextFields, useTextProblem } from './TextFields';
import { refusedField } from './refused';

interface VersionDrawerProps {
  template: Template;
  /** With its text. */
  from: TemplateVersion;
  opened: boolean;
  onClose: () => void;
  onMade: (version: number) => void;
}

export function VersionDrawer({ opened, onClose, ...rest }: VersionDrawerProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={opened} onClose={onClose} position="right" size={720} title={t('templateForm.versionTitle', { name: rest.template.name })} classNames={{ title: questionClasses.title }}
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      <Form {...rest} onClose={onClose} />
    </Drawer>
  );
}

function Form({ template: { id, name, kind, project_id }, from, onClose, onMade }: Omit<VersionDrawerProps, 'opened'>) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { say } = useNotify();
  const words = useProblemWords();
  const textProblem = useTextProblem();
  const form = useRef<HTMLFormElement>(null);
  const [fields, setFields] = useState<Required<VersionRequest>>({ extent: from.extent, text: from.text ?? '', note: '' });
  const [tried, setTried] = useState(false);
  const focusWrong = () => void setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  const send = useMutation({
    mutationFn: (request: VersionRequest) => addVersion(id, request),
    onSuccess: async (changed) => {
      queryClient.setQueryData(templateQuery(id).queryKey, changed);
      say(t('templateForm.versionAdded', { name, version: changed.newest }));
      onMade(changed.newest);
      await queryClient.invalidateQueries({ queryKey: ['templates'] });
    },
    onError: focusWrong,
  });
  const refused = refusedField(send.error);
  const change = (by: Partial<typeof fields>) => {
    setFields((before) => ({ ...before, ...by }));
    if (refused && refused in by) send.reset();
  };
  const same = fields.text === from.text && fields.extent === from.extent;
  const own = { text: same ? t('templateForm.same', { version: from.number }) : textProblem(fields.text), note: lengthProblem(t, fields.note, MAX_NOTE_CHARS) ?? undefined };
  const errorOf = (field: keyof typeof own) => (tried && own[field]) || (refused === field ? words(send.error).message : undefined);

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!own.text && !own.note) send.mutate({ ...fields, note: fields.note.trim() });
    else focusWrong();
  }

  return (
    <form ref={form} className={formClasses.form} noValidate aria-busy={send.isPending} onSubmit={submit}>
      <p className={formClasses.note}>{t('templateForm.versionLead', { version: from.number })}</p>
      <Textarea
        data-autofocus label={t('templateForm.note')} description={t('templateForm.noteNote', { max: MAX_NOTE_CHARS })} autosize minRows={2} maxRows={6} value={fields.note} error={errorOf('note')}
        onChange={(event) => change({ note: event.currentTarget.value })}
      />
      <TextFields fields={fields} onChange={change} project={project_id} kind={kind} error={errorOf('text')} />
      {send.isError && !refused && <Problem error={send.error} />}
      <div className={formClasses.buttons} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={send.isPending}>{t('templateForm.addVersion')}</Button>
      </div>
    </form>
  );
}

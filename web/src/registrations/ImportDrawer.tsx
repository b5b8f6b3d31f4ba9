// A list of devices, registered all at once or not at all. It is read before it is sent: every line that is wrong is
// shown with what is wrong, and so is the one that the control plane refuses.

import { Button, Drawer, FileButton, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconFile } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { importDevices } from '../api/calls';
import { ApiError } from '../api/client';
import { MAX_IDENTITY_CHARS, MAX_IMPORT_BYTES, MAX_REGISTERED_AT_ONCE } from '../api/types';
import formClasses from '../people/People.module.css';
import { keepFocus } from '../ui/form';
import { bytesOf } from '../ui/json';
import { useNotify } from '../ui/notify';
import { Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { ProjectField, useProjects } from '../ui/ProjectField';
import questionClasses from '../ui/Question.module.css';
import classes from './Registrations.module.css';
import { lineOf, readDevices, type WrongLine } from './listed';

/** Of the lines that are wrong so many are shown, and of the devices. */
const SHOWN_WRONG = 50;
const SHOWN_DEVICES = 5;
/** So much of a line is shown. */
const SHOWN_CHARS = 120;

interface ImportDrawerProps {
  opened: boolean;
  onClose: () => void;
}

export function ImportDrawer({ opened, onClose }: ImportDrawerProps) {
  const { t } = useTranslation();
  const { mine, first, pending } = useProjects('manage_registrations');
  return (
    <Drawer
      opened={opened} onClose={onClose} position="right" size={680} title={t('registration.import')} classNames={{ title: questionClasses.title }}
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {pending ? <Waiting rows={4} height={60} /> : mine.length === 0 ? <p className={formClasses.note}>{t('registration.noProject')}</p> : <Form organisations={mine} first={first} onClose={onClose} />}
    </Drawer>
  );
}

interface FormProps extends Pick<ImportDrawerProps, 'onClose'> {
  organisations: ReturnType<typeof useProjects>['mine'];
  first: string | null;
}

function Form({ organisations, first, onClose }: FormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { say } = useNotify();
  const [project, setProject] = useState(first);
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const { devices, wrong } = useMemo(() => readDevices(text), [text]);
  const large = bytesOf(text) > MAX_IMPORT_BYTES;
  const ready = devices.length > 0 && wrong.length === 0 && !large;
  const send = useMutation({
    mutationFn: (into: string) => importDevices(into, text),
    onSuccess: async ({ registered }) => {
      say(t('registration.imported', { count: registered }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['registrations'] });
    },
  });
  const refused = send.error instanceof ApiError ? lineOf(send.error.message, devices) : undefined;

  function type(next: string) {
    setText(next);
    send.reset();
  }

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (ready && project) send.mutate(project);
  }

  return (
    <form className={formClasses.form} noValidate onSubmit={submit}>
      <ProjectField note={t('registration.projectNote')} organisations={organisations} value={project} onChange={setProject} error={tried && !project && t('rule.filled')} />
      <Textarea
        data-autofocus label={t('registration.list')} description={t('registration.listNote', { max: MAX_REGISTERED_AT_ONCE })} rows={8} resize="vertical" spellCheck={false} autoComplete="off"
        className={classes.code} placeholder={'brand,model,serial\nacme,gateway-24,AW-1001'} value={text} onChange={(event) => type(event.currentTarget.value)}
        error={large ? t('registration.listLarge') : tried && !text.trim() ? t('rule.filled') : undefined}
      />
      <div>
        <FileButton accept=".csv,.txt,text/csv,text/plain" onChange={(file) => void file?.text().then(type)}>
          {(props) => <Button {...props} variant="default" size="compact-sm" leftSection={<IconFile size={14} aria-hidden />}>{t('registration.listFile')}</Button>}
        </FileButton>
      </div>
      {text.trim() && (
        <div className={classes.sum} role="status">
          <strong>{t('registration.listCount', { count: devices.length })}</strong>
          {wrong.length > 0 && <span className={classes.bad}>{t('registration.listWrong', { count: wrong.length })}</span>}
          {wrong.length === 0 && devices.slice(0, SHOWN_DEVICES).map(({ line, brand, model, serial }) => <span key={line} className="ew-mono" data-verbatim>{`${brand} / ${model} / ${serial}`}</span>)}
          {wrong.length === 0 && devices.length > SHOWN_DEVICES && <span className="ew-muted">{t('registration.listMore', { count: devices.length - SHOWN_DEVICES })}</span>}
        </div>
      )}
      {wrong.length > 0 && <WrongLines text={text} wrong={wrong} />}
      {send.isError && <Problem error={send.error} />}
      {refused !== undefined && <p className={classes.line}><span className="ew-muted">{t('registration.line', { line: refused })}</span> <code className="ew-mono">{lineText(text, refused)}</code></p>}
      <p className={formClasses.note}>{t('registration.allOrNone')}</p>
      <div className={formClasses.buttons} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={send.isPending} disabled={text.trim() !== '' && !ready}>{t('registration.importVerb', { count: devices.length })}</Button>
      </div>
    </form>
  );
}

const lineText = (text: string, line: number) => (text.split('\n')[line - 1] ?? '').slice(0, SHOWN_CHARS);

function WrongLines({ text, wrong }: { text: string; wrong: WrongLine[] }) {
  const { t } = useTranslation();
  return (
    <div className={classes.wrong} role="region" tabIndex={0} aria-label={t('registration.wrongLines')}>
      <ul>
        {wrong.slice(0, SHOWN_WRONG).map(({ line, problem, what }) => (
          <li key={line}>
            <span><strong>{t('registration.line', { line })}</strong> {t(`registration.wrongLine.${problem}`, { what, max: MAX_IDENTITY_CHARS })}</span>
            <code className="ew-mono">{lineText(text, line)}</code>
          </li>
        ))}
      </ul>
      {wrong.length > SHOWN_WRONG && <p className={formClasses.note}>{t('registration.moreWrong', { count: wrong.length - SHOWN_WRONG })}</p>}
    </div>
  );
}

// A list of services, from a file or pasted: good lines are taken, and those that are not come back with what is wrong with each.

import { Button, Drawer, FileButton, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconDownload, IconFile } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { importServices } from '../api/calls';
import { MAX_SERVICE_IMPORT_BYTES, type ServicesImported } from '../api/types';
import formClasses from '../people/People.module.css';
import classes from '../registrations/Registrations.module.css';
import { Coded } from '../ui/Coded';
import { keepFocus } from '../ui/form';
import { Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { ProjectField, useProjects } from '../ui/ProjectField';
import questionClasses from '../ui/Question.module.css';
import { saveFile } from '../ui/saveFile';
import { refusedLines } from './refused';

const MIB = 1024 * 1024;

const EXAMPLE = 'name,category,scheme,endpoint,authentication\nPump house,neuron,http,192.168.10.4:7000,token';

interface ImportDrawerProps {
  opened: boolean;
  onClose: () => void;
}

export function ImportDrawer({ opened, onClose }: ImportDrawerProps) {
  const { t } = useTranslation();
  const { mine, first, pending } = useProjects('manage_services');
  return (
    <Drawer
      opened={opened} onClose={onClose} position="right" size={680} title={t('serviceImport.title')} classNames={{ title: questionClasses.title }}
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {pending ? <Waiting rows={4} height={60} /> : mine.length === 0 ? <p className={formClasses.note}>{t('serviceForm.noProject')}</p> : <Form organisations={mine} first={first} onClose={onClose} />}
    </Drawer>
  );
}

interface FormProps extends Pick<ImportDrawerProps, 'onClose'> {
  organisations: ReturnType<typeof useProjects>['mine'];
  first: string | null;
}

function Form({ organisations, first, onClose }: FormProps) {
  const { t, i18n } = useTranslation();
  const queryClient = useQueryClient();
  const [project, setProject] = useState(first);
  const [text, setText] = useState('');
  // A file is sent as it is: it may be far too large to show.
  const [file, setFile] = useState<File | null>(null);
  const [tried, setTried] = useState(false);
  const list = file ?? text;
  const empty = file ? file.size === 0 : !text.trim();
  const large = (file?.size ?? text.length) > MAX_SERVICE_IMPORT_BYTES;
  const send = useMutation({
    mutationFn: (into: string) => importServices(into, list),
    onSettled: () => Promise.all(['services', 'overview'].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });

  function change(next: { file: File | null; text: string }) {
    setFile(next.file);
    setText(next.text);
    send.reset();
  }

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!empty && !large && project) send.mutate(project);
  }

  if (send.data) return <Result answer={send.data} list={list} onAgain={() => change({ file: null, text: '' })} onClose={onClose} />;
  const size = file && new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 }).format(file.size / MIB);
  const listError = large ? t('serviceImport.large', { max: MAX_SERVICE_IMPORT_BYTES / MIB }) : tried && empty ? t('rule.filled') : undefined;
  return (
    <form className={formClasses.form} noValidate aria-busy={send.isPending} onSubmit={submit}>
      <ProjectField note={t('serviceForm.projectNote')} organisations={organisations} value={project} onChange={setProject} error={tried && !project && t('rule.filled')} />
      <p className={formClasses.note}><Coded text={t('serviceImport.columns')} /></p>
      {file ? (
        <div className={classes.sum} role="status">
          <strong data-verbatim>{file.name}</strong>
          <span className="ew-muted">{t('serviceImport.size', { size })}</span>
          {listError && <span className={classes.bad}>{listError}</span>}
        </div>
      ) : (
        <Textarea
          data-autofocus label={t('serviceImport.list')} description={t('serviceImport.listNote')} rows={8} resize="vertical" spellCheck={false} autoComplete="off"
          className={classes.code} placeholder={EXAMPLE} value={text} error={listError} onChange={(event) => change({ file: null, text: event.currentTarget.value })}
        />
      )}
      <div className={classes.buttons}>
        <FileButton accept=".csv,.txt,text/csv,text/plain" onChange={(chosen) => chosen && change({ file: chosen, text: '' })}>
          {(props) => <Button {...props} variant="default" size="compact-sm" leftSection={<IconFile size={14} aria-hidden />}>{t('serviceImport.file')}</Button>}
        </FileButton>
        {file && <Button variant="subtle" color="gray" size="compact-sm" onClick={() => change({ file: null, text: '' })}>{t('serviceImport.paste')}</Button>}
      </div>
      {send.isError && <Problem error={send.error} />}
      <p className={formClasses.note}>{t('serviceImport.rule')}</p>
      <div role="status" className={formClasses.note} hidden={!send.isPending}>{send.isPending && t('serviceImport.running')}</div>
      <div className={formClasses.buttons} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={send.isPending}>{t('serviceImport.verb')}</Button>
      </div>
    </form>
  );
}

interface ResultProps {
  answer: ServicesImported;
  list: string | Blob;
  onAgain: () => void;
  onClose: () => void;
}

function Result({ answer: { imported, refused, lines, ignored_columns }, list, onAgain, onClose }: ResultProps) {
  const { t } = useTranslation();
  async function save() {
    const text = typeof list === 'string' ? list : await list.text();
    saveFile('edgeward-services-refused.csv', refusedLines(text, lines.map(({ line }) => line)));
  }
  return (
    <div className={formClasses.form}>
      <div className={classes.sum} role="status">
        <strong>{t('serviceImport.imported', { count: imported })}</strong>
        {refused > 0 && <span className={classes.bad}>{t('serviceImport.refused', { count: refused })}</span>}
        {imported > 0 && <span className="ew-muted">{t('serviceImport.looked')}</span>}
        {ignored_columns.length > 0 && <span className="ew-muted">{t('serviceImport.ignored', { count: ignored_columns.length, columns: ignored_columns.join(', ') })}</span>}
      </div>
      {lines.length > 0 && (
        <>
          <div className={classes.wrong} role="region" tabIndex={0} aria-label={t('serviceImport.refusedLines')}>
            <ul>
              {lines.map(({ line, column, reason }, index) => (
                <li key={index}><span><strong>{t('serviceImport.line', { line })}</strong> {column && <code className="ew-code">{column}</code>} <span data-verbatim>{reason}</span></span></li>
              ))}
            </ul>
            {refused > lines.length && <p className={formClasses.note}>{t('serviceImport.more', { count: refused - lines.length })}</p>}
          </div>
          <div>
            <Button variant="default" size="compact-sm" leftSection={<IconDownload size={14} aria-hidden />} onClick={() => void save()}>{t('serviceImport.save')}</Button>
          </div>
        </>
      )}
      <div className={formClasses.buttons}>
        <Button variant="default" onClick={onAgain}>{t('serviceImport.again')}</Button>
        <Button onClick={onClose} data-autofocus>{t('dialog.done')}</Button>
      </div>
    </div>
  );
}

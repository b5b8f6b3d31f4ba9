// The text of a version: typed, pasted, from a file, or as a running service is set to; and how much of a configuration it says.

import { Button, FileButton, Radio, Select, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { IconFile } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readConfiguration } from '../api/calls';
import { MAX_TEMPLATE_BYTES, type Extent } from '../api/types';
import peopleClasses from '../people/People.module.css';
import { kindName } from '../services/kinds';
import { bytesOf } from '../ui/json';
import { Problem } from '../ui/Problem';
import { TagList } from '../ui/TagList';
import classes from './Templates.module.css';
import { placeholdersOf, wrongMark } from './placeholders';
import { servicesOfKindQuery } from './services';

const MIB = 1024 * 1024;

export interface TextOf {
  extent: Extent;
  text: string;
}

/** What is wrong with a text, in words. */
export function useTextProblem(): (text: string) => string | undefined {
  const { t } = useTranslation();
  return (text) => {
    if (!text.trim()) return t('rule.filled');
    if (bytesOf(text) > MAX_TEMPLATE_BYTES) return t('templateForm.large', { max: MAX_TEMPLATE_BYTES / MIB });
    const line = wrongMark(text);
    return line === undefined ? undefined : t('templateForm.wrongMark', { line });
  };
}

interface TextFieldsProps {
  fields: TextOf;
  onChange: (change: Partial<TextOf>) => void;
  /** Of which services a running one may be read. */
  project: string | null;
  kind: string;
  error?: React.ReactNode;
}

export function TextFields({ fields: { extent, text }, onChange, project, kind, error }: TextFieldsProps) {
  const { t } = useTranslation();
  const names = placeholdersOf(text);
  const open = (file: File | null) => void file?.text().then((read) => onChange({ text: read }));
  return (
    <>
      <Radio.Group label={t('templateForm.extent')} value={extent} onChange={(value) => onChange({ extent: value as Extent })}>
        <div className={classes.choices}>
          <Radio value="part" label={t('template.extent.part')} description={t('templateForm.partNote')} />
          <Radio value="whole" label={t('template.extent.whole')} description={t('templateForm.wholeNote')} />
        </div>
      </Radio.Group>
      <FromService key={`${project}/${kind}`} project={project} kind={kind} onRead={(read) => onChange({ text: read })} />
      <Textarea
        label={t('templateForm.text')} description={t('templateForm.textNote')} rows={14} resize="vertical" spellCheck={false} autoComplete="off" autoCapitalize="off" className={classes.code}
        value={text} error={error} onChange={(event) => onChange({ text: event.currentTarget.value })}
      />
      <div className={classes.tools}>
        <FileButton accept=".json,.conf,.hocon,.txt,application/json,text/plain" onChange={open}>
          {(props) => <Button {...props} variant="default" size="compact-sm" leftSection={<IconFile size={14} aria-hidden />}>{t('templateForm.file')}</Button>}
        </FileButton>
      </div>
      <div className={classes.found} role="status">
        {names.length > 0 ? <>{t('template.placeholders')} <TagList tags={names} label={t('template.placeholders')} small /></> : <span className="ew-muted">{t('templateForm.noPlaceholder')}</span>}
      </div>
    </>
  );
}

interface FromServiceProps {
  project: string | null;
  kind: string;
  onRead: (text: string) => void;
}

function FromService({ project, kind, onRead }: FromServiceProps) {
  const { t } = useTranslation();
  const [chosen, choose] = useState<string | null>(null);
  const services = useQuery({ ...servicesOfKindQuery(project ?? '', kind), enabled: !!project }).data ?? [];
  const read = useMutation({ mutationFn: (id: string) => readConfiguration(id), onSuccess: (answer) => onRead(answer.text) });
  const none = !!project && services.length === 0;
  return (
    <div className={peopleClasses.form}>
      <div className={classes.source}>
        <Select
          className={classes.grow} label={t('templateForm.from')} description={none ? t('templateForm.fromNone', { kind: kindName(kind) }) : t('templateForm.fromNote')} searchable clearable openOnFocus={false} checkIconPosition="right"
          clearButtonProps={{ 'aria-label': t('templateForm.fromClear') }} placeholder={t('templateForm.fromChoose')} nothingFoundMessage={t('templateForm.fromNothing')} maxDropdownHeight={280} disabled={!project || none} limit={200}
          data={services.map(({ id, name }) => ({ value: id, label: name }))} value={chosen} onChange={choose}
        />
        <Button variant="default" disabled={!chosen} loading={read.isPending} onClick={() => chosen && read.mutate(chosen)}>{t('templateForm.read')}</Button>
      </div>
      {read.isError && <Problem error={read.error} />}
      <div role="status" className={peopleClasses.note} hidden={!read.data}>{read.data && (read.data.placeholders.length > 0 ? t('templateForm.readSecrets', { count: read.data.placeholders.length }) : t('templateForm.readDone'))}</div>
    </div>
  );
}

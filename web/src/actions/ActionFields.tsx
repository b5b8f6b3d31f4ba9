// The form of an action: which one, about which snap, and what that one needs.

import { Checkbox, NativeSelect, Radio, TextInput, Textarea } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReportedSnap } from '../devices/reported';
import { JsonField } from '../ui/JsonField';
import classes from './Actions.module.css';
import { ACTION_NAMES, GROUPS, KINDS, MAX_LOG_LINES, type ActionName, type AskFields, type FieldProblem } from './kinds';

const CHANNELS = ['latest/stable', 'latest/candidate', 'latest/beta', 'latest/edge'];

interface ActionFieldsProps {
  fields: AskFields;
  onChange: (change: Partial<AskFields>) => void;
  problems: Partial<Record<keyof AskFields, FieldProblem>>;
  /** All problems are said, also those of fields that were not left yet. */
  tried: boolean;
  /** What is given and not asked for. */
  fixed: readonly (keyof AskFields)[];
  /** Of the one device, where there is one. */
  snaps?: ReportedSnap[];
}

export function ActionFields({ fields, onChange, problems, tried, fixed, snaps }: ActionFieldsProps) {
  const { t } = useTranslation();
  const lists = useId();
  const [left, setLeft] = useState<ReadonlySet<keyof AskFields>>(new Set());
  const { about, needs } = KINDS[fields.name];
  const usual = fields.name === 'install' ? 'install' : 'refresh';
  const sent = fields.name === 'logs' ? 'logs' : 'snapshot';
  const services = snaps?.find(({ name }) => name === fields.snap.trim())?.services ?? [];

  /** What every field has. A rule that is broken is said while one types; that something is missing, on leaving. */
  const of = (field: keyof AskFields) => {
    const problem: FieldProblem | undefined = problems[field];
    const said = problem && (problem === 'filled' ? tried || left.has(field) : tried || left.has(field) || String(fields[field]).trim() !== '');
    return {
      id: `${lists}-${field}`,
      error: said ? (problem === 'filled' ? t('rule.filled') : t(`ask.wrong.${problem}`, { max: MAX_LOG_LINES })) : undefined,
      onBlur: () => setLeft((before) => new Set(before).add(field)),
    };
  };
  const typed = (field: keyof AskFields) => ({
    ...of(field), value: fields[field] as string, autoComplete: 'off',
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange({ [field]: event.currentTarget.value } as Partial<AskFields>),
  });
  const plain = { autoCapitalize: 'off', spellCheck: false } as const;

  return (
    <>
      {!fixed.includes('name') && (
        <NativeSelect
          data-autofocus label={t('ask.action')} description={t(`ask.about.${fields.name}`)}
          data={GROUPS.map((group) => ({
            group: t(`ask.group.${group}`),
            items: ACTION_NAMES.filter((name) => KINDS[name].group === group).map((name) => ({ value: name, label: t(`actions.name.${name}`) })),
          }))}
          value={fields.name} onChange={(event) => onChange({ name: event.currentTarget.value as ActionName })}
        />
      )}
      {about !== 'device' && !fixed.includes('snap') && (
        <>
          <TextInput
            data-autofocus={fixed.includes('name') || undefined} label={t('ask.snap')} description={about === 'snap' ? undefined : t('ask.snapOrAll')} {...plain}
            list={fields.name !== 'install' && snaps?.length ? `${lists}-snaps` : undefined} {...typed('snap')}
          />
          <datalist id={`${lists}-snaps`}>{snaps?.map(({ name }) => <option key={name} value={name} />)}</datalist>
        </>
      )}
      {(needs === 'channel' || needs === 'maybe channel') && (
        <>
          <TextInput
            data-autofocus={(fixed.includes('name') && fixed.includes('snap')) || undefined} label={t('ask.channel')}
            description={needs === 'channel' ? t('ask.channelNote') : t(`ask.channelMaybe.${usual}`)} {...plain} list={`${lists}-channels`} {...typed('channel')}
          />
          <datalist id={`${lists}-channels`}>{CHANNELS.map((channel) => <option key={channel} value={channel} />)}</datalist>
        </>
      )}
      {needs === 'config' && (
        <JsonField
          label={t('ask.config')} description={t('ask.configNote')} rows={8} value={fields.config} onChange={(config) => onChange({ config })}
          error={problems.config && problems.config !== 'filled' && (problems.config !== 'empty' || tried) ? t(`ask.wrong.${problems.config}`, { max: MAX_LOG_LINES }) : undefined}
        />
      )}
      {needs === 'services' && (services.length > 0 ? (
        <Checkbox.Group
          label={t('ask.services')} description={t('ask.servicesNone')} value={fields.services.split(',').filter(Boolean)}
          onChange={(chosen) => onChange({ services: chosen.join(',') })}
        >
          <div className={classes.checks}>{services.map(({ name }) => <Checkbox key={name} value={name} label={name} />)}</div>
        </Checkbox.Group>
      ) : (
        <TextInput label={t('ask.services')} description={t('ask.servicesNote')} {...plain} {...typed('services')} />
      ))}
      {(needs === 'url' || needs === 'logs') && (
        <TextInput label={t('ask.url')} description={t(`ask.urlNote.${sent}`)} inputMode="url" placeholder="https://" {...plain} {...typed('url')} />
      )}
      {needs === 'logs' && <TextInput label={t('ask.lines')} inputMode="numeric" {...typed('lines')} />}
      {needs === 'user' && (
        <>
          <Radio.Group label={t('ask.userWhat')} value={fields.user} onChange={(user) => onChange({ user: user as AskFields['user'] })}>
            <div className={classes.checks}>
              <Radio value="create" label={t('ask.userCreate')} />
              <Radio value="remove" label={t('ask.userRemove')} />
            </div>
          </Radio.Group>
          {fields.user === 'create' ? (
            <>
              <TextInput label={t('ask.email')} description={t('ask.emailNote')} type="email" {...typed('email')} />
              <Checkbox label={t('ask.sudoer')} checked={fields.sudoer} onChange={(event) => onChange({ sudoer: event.currentTarget.checked })} />
              <Checkbox label={t('ask.forceManaged')} checked={fields.forceManaged} onChange={(event) => onChange({ forceManaged: event.currentTarget.checked })} />
            </>
          ) : (
            <TextInput label={t('ask.username')} {...plain} {...typed('username')} />
          )}
        </>
      )}
      {needs === 'assertion' && <Textarea label={t('ask.assertion')} description={t('ask.assertionNote')} rows={8} resize="vertical" {...plain} {...typed('assertion')} />}
    </>
  );
}

const HOUR_S = 3600;

/** For how long it may wait, in seconds. */
const WAITS = { tenMinutes: 600, hour: HOUR_S, day: 24 * HOUR_S, week: 7 * 24 * HOUR_S, month: 30 * 24 * HOUR_S, quarter: 90 * 24 * HOUR_S } as const;

export const USUAL_WAIT_S = WAITS.day;

export function WaitField({ seconds, onChange }: { seconds: number; onChange: (seconds: number) => void }) {
  const { t } = useTranslation();
  return (
    <NativeSelect
      label={t('ask.wait')} description={t('ask.waitNote')} value={String(seconds)} onChange={(event) => onChange(Number(event.currentTarget.value))}
      data={(Object.keys(WAITS) as (keyof typeof WAITS)[]).map((key) => ({ value: String(WAITS[key]), label: t(`ask.waits.${key}`) }))}
    />
  );
}

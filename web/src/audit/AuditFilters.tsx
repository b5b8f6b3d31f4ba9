// The filters that a menu of words cannot offer: who, what, and from when to when.

import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { auditActionsQuery, usersQuery } from '../api/queries';
import type { AuditSearch } from '../router';
import type { ListState } from '../ui/list';
import classes from './Audit.module.css';
import { actionWords, thingWords } from './words';

const TYPING_MS = 250;
const OFFERED_USERS = 20;
/** Where the fields would push the list out of sight. */
const PHONE = '(max-width: 640px)';

export function AuditFilters({ state }: { state: ListState<AuditSearch> }) {
  const { t } = useTranslation();
  const phone = useMediaQuery(PHONE);
  const [open, setOpen] = useState(false);
  return (
    <>
      {phone && <Button variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>{t('audit.more')}</Button>}
      {(!phone || open) && <Fields state={state} />}
    </>
  );
}

function Fields({ state }: { state: ListState<AuditSearch> }) {
  return (
    <>
      <Action state={state} />
      <Author state={state} />
      <Moment state={state} name="from" />
      <Moment state={state} name="to" />
    </>
  );
}

/** What happened: all with one kind of thing, or one action. */
function Action({ state: { search, change } }: { state: ListState<AuditSearch> }) {
  const { t } = useTranslation();
  const actions = useQuery(auditActionsQuery).data?.items ?? [];
  const things = [...new Set(actions.map((action) => action.split('.')[0] ?? ''))];
  const data = things.map((thing) => ({
    group: thingWords(t, thing),
    items: [
      { value: `${thing}.`, label: t('audit.allOf', { thing: thingWords(t, thing) }) },
      ...actions.filter((action) => action.startsWith(`${thing}.`)).map((action) => ({ value: action, label: actionWords(t, action) })),
    ],
  }));
  return (
    <Select
      className={classes.tool} aria-label={t('audit.action')} placeholder={t('audit.action')} searchable clearable checkIconPosition="right"
      clearButtonProps={{ 'aria-label': t('audit.clear', { what: t('audit.action') }) }} nothingFoundMessage={t('audit.nothing')} comboboxProps={{ width: 280, position: 'bottom-start' }}
      data={data} value={search.action ?? null} onChange={(action) => change({ action: action ?? undefined })}
    />
  );
}

/** Who did it, among the users one may see; tokens and agents are chosen in an entry. */
function Author({ state: { search, change } }: { state: ListState<AuditSearch> }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [text] = useDebouncedValue(typed, TYPING_MS);
  const users = useQuery({ ...usersQuery({ text: text || undefined, limit: OFFERED_USERS }), placeholderData: keepPreviousData }).data?.items ?? [];
  const data = users.map(({ id, display_name, email }) => ({ value: id, label: display_name === email ? email : `${display_name} (${email})` }));
  const known = data.some(({ value }) => value === search.author);
  return (
    <Select
      className={classes.tool} aria-label={t('audit.author')} placeholder={t('audit.author')} searchable clearable checkIconPosition="right"
      clearButtonProps={{ 'aria-label': t('audit.clear', { what: t('audit.author') }) }} nothingFoundMessage={t('audit.nothing')} comboboxProps={{ width: 280, position: 'bottom-start' }}
      data={data} filter={({ options }) => options} onSearchChange={(value) => setTyped(data.some(({ label }) => label === value) ? '' : value)}
      value={known ? (search.author ?? null) : null} onChange={(author) => change({ author: author ?? undefined })}
    />
  );
}

/** A moment in the viewer's zone; in the address it is one for everybody. */
function Moment({ state: { search, change }, name }: { state: ListState<AuditSearch>; name: 'from' | 'to' }) {
  const { t } = useTranslation();
  const at = search[name] ? new Date(search[name]) : undefined;
  const valid = at && !Number.isNaN(at.getTime());
  return (
    <TextInput
      className={classes.moment} type="datetime-local" aria-label={t(`audit.${name}`)} leftSection={<span className={classes.momentName}>{t(`audit.${name}`)}</span>}
      leftSectionWidth={52} key={search[name] ?? ''} defaultValue={valid ? local(at) : ''}
      onBlur={(event) => {
        const value = event.currentTarget.value;
        const next = value ? new Date(value).toISOString() : undefined;
        if (next !== search[name]) change({ [name]: next });
      }}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  );
}

function local(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

// Who changed what: the newest first, by a cursor, so that what is written meanwhile moves nothing.

import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { IconHistory } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { auditExport } from '../api/calls';
import { can } from '../api/permissions';
import { auditQuery, sessionQuery } from '../api/queries';
import type { Entry, EntryFilter, EntryPage, Session } from '../api/types';
import { NotFound } from '../frame/Trouble';
import type { AuditSearch } from '../router';
import { Ago } from '../ui/Ago';
import { List, useListSearch, type ListColumn, type ListFilter } from '../ui/list';
import { USUAL_PAGE_SIZE } from '../ui/list/search';
import { Page } from '../ui/Page';
import { scopeName, useScopeFilters } from '../ui/scope';
import { exact } from '../ui/time';
import classes from './Audit.module.css';
import { AuditFilters } from './AuditFilters';
import { EntryDrawer } from './EntryDrawer';
import { ObjectLink } from './ObjectLink';
import { OutcomeMark } from './OutcomeMark';
import { Verify } from './Verify';
import { actionWords, thingWords } from './words';

const KINDS = ['user', 'token', 'machine', 'agent', 'system', 'anonymous'] as const;
const OUTCOMES = ['done', 'refused'] as const;

type Listed = Entry & { id: string };

const listed = ({ items, next }: EntryPage) => ({ items: items.map((entry): Listed => ({ ...entry, id: String(entry.number) })), next });
const born = ({ at }: Listed) => at;

export function AuditPage() {
  const session = useQuery(sessionQuery).data;
  if (session && !can(session, 'read_project_audit')) return <NotFound />;
  return <Log />;
}

function Log() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const session = useQuery(sessionQuery).data;
  const state = useListSearch<AuditSearch>();
  const conditions = conditionsOf(state.search);
  const query = useQuery({ ...auditQuery({ ...conditions, before: state.search.before, limit: state.search.size ?? USUAL_PAGE_SIZE }), select: listed });
  const scopeFilters = useScopeFilters();
  const columns = useMemo(() => auditColumns(t, session), [t, session]);
  const shown = query.data?.items ?? [];
  const number = Number(useLocation().hash) || undefined;
  const show = (entry: number | undefined) =>
    void navigate({ to: '.', search: true, hash: entry === undefined ? '' : String(entry), resetScroll: false, hashScrollIntoView: false });

  const author = (id: unknown) => shown.find(({ author_id }) => author_id === id)?.author_name || String(id).slice(0, 8);
  const object = (id: unknown) => shown.find(({ object_id, object_name }) => object_id === id && object_name)?.object_name || String(id).slice(0, 8);
  const moment = (at: unknown) => exact(String(at), i18n.language);
  const filters: ListFilter[] = [
    { key: 'outcome', label: t('audit.outcome'), options: OUTCOMES.map((value) => ({ value, label: t(`audit.outcomes.${value}`) })) },
    { key: 'author_kind', label: t('audit.authorKind'), options: KINDS.map((value) => ({ value, label: t(`audit.kind.${value}`) })) },
    {
      key: 'action', label: t('audit.action'), options: [],
      describe: (value) => (String(value).endsWith('.') ? t('audit.allOf', { thing: thingWords(t, String(value)) }) : actionWords(t, String(value))),
    },
    { key: 'author', label: t('audit.author'), options: [], describe: author },
    { key: 'object', label: t('audit.object'), options: [], describe: object },
    { key: 'from', label: t('audit.from'), options: [], describe: moment },
    { key: 'to', label: t('audit.to'), options: [], describe: moment },
    ...scopeFilters,
  ];

  return (
    <Page
      title={t('nav.audit')} lead={t('audit.lead')}
      actions={can(session, 'read_system_audit', 'system') && <Verify onShow={show} />}
    >
      <List
        name="audit" label={t('nav.audit')} state={state} query={query} columns={columns} filters={filters} textLabel={t('audit.search')}
        tools={<AuditFilters state={state} />} born={born}
        exports={[
          { label: 'CSV', href: auditExport(conditions, 'csv') },
          { label: t('audit.jsonLines'), href: auditExport(conditions, 'jsonl') },
        ]}
        empty={{ icon: <IconHistory size={24} />, title: t('audit.empty'), body: t('audit.emptyBody') }}
        noMatch={{ title: t('audit.noneFound'), body: t('audit.noneFoundBody') }}
      />
      <EntryDrawer number={number} shown={shown} state={state} onClose={() => show(undefined)} />
    </Page>
  );
}

/** What narrows the log; the rest of the address is not the server's. */
function conditionsOf({ author, author_kind, action, object, outcome, from, to, organisation, project, text }: AuditSearch): EntryFilter {
  return { author, author_kind, action, object, outcome, from, to, organisation, project, text };
}

function auditColumns(t: TFunction, session: Session | null | undefined): ListColumn<Listed>[] {
  const place = ({ organisation_id, project_id }: Entry) =>
    project_id ? (scopeName(session, { project: project_id }) ?? project_id.slice(0, 8)) : organisation_id ? (scopeName(session, { organisation: organisation_id }) ?? organisation_id.slice(0, 8)) : undefined;
  return [
    {
      key: 'action', label: t('audit.action'), width: 'minmax(150px, 1.4fr)', always: true, wide: true,
      cell: ({ number, action }) => (
        <Link to="." search={true} hash={String(number)} resetScroll={false} hashScrollIntoView={false} className={classes.open}>{actionWords(t, action)}</Link>
      ),
    },
    { key: 'object', label: t('audit.object'), width: 'minmax(120px, 1.4fr)', cell: (entry) => <span className={classes.clip}><ObjectLink entry={entry} /></span> },
    {
      key: 'author', label: t('audit.author'), width: 'minmax(120px, 1.2fr)',
      cell: ({ author_name, author_kind }) => (
        <span className={classes.two}><span className={classes.clip}>{author_name || '–'}</span><span className={classes.quiet}>{t(`audit.kind.${author_kind}`)}</span></span>
      ),
    },
    {
      key: 'outcome', label: t('audit.outcome'), width: 'minmax(124px, 1fr)',
      cell: ({ outcome, reason }) => <span className={classes.two}><OutcomeMark outcome={outcome} />{reason && <span className={classes.quiet} title={reason}>{reason}</span>}</span>,
    },
    { key: 'place', label: t('audit.place'), width: 'minmax(110px, 1.1fr)', cell: (entry) => <span className={classes.clip}>{place(entry) ?? <span className="ew-muted">–</span>}</span> },
    { key: 'address', label: t('noun.address'), width: 'minmax(100px, 0.9fr)', cell: ({ address }) => address ?? <span className="ew-muted">–</span> },
    { key: 'at', label: t('audit.at'), width: '116px', cell: ({ at }) => <Ago at={at} /> },
    { key: 'request', label: t('audit.request'), width: '96px', optional: true, cell: ({ request_id }) => <span className="ew-mono">{request_id ?? '–'}</span> },
    { key: 'number', label: t('audit.number'), width: '72px', optional: true, cell: ({ number }) => number },
  ];
}

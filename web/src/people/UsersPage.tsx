import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconUserPlus, IconUsers } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { usersQuery } from '../api/queries';
import type { User, UserFilter, UserMembership } from '../api/types';
import { NotFound } from '../frame/Trouble';
import type { UsersSearch } from '../router';
import { Ago } from '../ui/Ago';
import { Page } from '../ui/Page';
import { Tag, UserMark } from '../ui/State';
import { List, NameCell, Quiet, asFilter, csv, download, linkClass, useListSearch, type ListColumn, type ListFilter } from '../ui/list';
import { useScopeFilters } from '../ui/scope';
import { BatchState, type BatchVerb } from './BatchState';
import { NewUsers } from './NewUsers';
import { everyUser } from './every';

export function UsersPage() {
  const { t } = useTranslation();
  const can = useCan();
  const queryClient = useQueryClient();
  const state = useListSearch<UsersSearch>();
  const { make, before: _, ...search } = state.search;
  const filter: UserFilter = asFilter(search);
  const users = useQuery({ ...usersQuery(filter), enabled: can('create_users') });
  const scope = useScopeFilters();
  const [batch, setBatch] = useState<{ verb: BatchVerb; users: User[]; clear: () => void }>();
  const columns = useMemo((): ListColumn<User>[] => [
    {
      key: 'name', label: t('people.name'), width: 'minmax(190px, 2fr)', sort: 'name', always: true, wide: true,
      cell: (user) => (
        <NameCell below={user.email} beside={<>{user.system_admin && <Tag>{t('role.system_admin')}</Tag>}{user.sso_only && <Tag>{t('people.ssoOnly')}</Tag>}</>}>
          <Link to="/users/$id" params={{ id: user.id }} className={linkClass}>{user.display_name}</Link>
        </NameCell>
      ),
    },
    { key: 'state', label: t('noun.state'), width: '110px', cell: (user) => <UserMark state={user.state} /> },
    { key: 'belongs', label: t('people.belongs'), width: 'minmax(150px, 2fr)', cell: (user) => <Belongs user={user} /> },
    { key: 'last', label: t('people.lastSignIn'), width: '130px', sort: 'last_sign_in', first: 'descending', cell: (user) => <Quiet><Ago at={user.last_sign_in_at} /></Quiet> },
    { key: 'email', label: t('access.email'), width: 'minmax(150px, 1.4fr)', sort: 'email', optional: true, cell: (user) => user.email },
    { key: 'phone', label: t('people.phone'), width: 'minmax(110px, 1fr)', optional: true, cell: (user) => user.phone || '–' },
    { key: 'made', label: t('noun.made'), width: '120px', sort: 'created', first: 'descending', cell: (user) => <Quiet><Ago at={user.created_at} /></Quiet> },
  ], [t]);
  const filters: ListFilter[] = [
    { key: 'state', label: t('noun.state'), options: (['active', 'invited', 'disabled'] as const).map((value) => ({ value, label: t(`userState.${value}`) })) },
    { key: 'system_admin', label: t('people.rights'), options: [{ value: true, label: t('role.system_admin') }, { value: false, label: t('people.noSystemAdmin') }] },
    ...scope,
  ];

  if (!can('create_users')) return <NotFound />;
  const add = (
    <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => state.change({ make: true })}>{t('newUsers.open')}</Button>
  );
  return (
    <Page title={t('nav.users')} lead={users.data && t('people.count', { count: users.data.total })} actions={add}>
      <List
        name="users" label={t('nav.users')} state={state} query={users} columns={columns} filters={filters} textLabel={t('people.search')}
        usualSort={{ by: 'name', direction: 'ascending' }}
        selection={{
          can: (user) => user.manageable,
          label: (user) => user.display_name,
          everything: () => everyUser(filter),
          actions: (chosen, clear) => (
            <>
              <Button variant="default" size="compact-md" onClick={() => setBatch({ verb: 'enable', users: chosen, clear })}>{t('people.enable')}…</Button>
              <Button variant="default" size="compact-md" onClick={() => setBatch({ verb: 'disable', users: chosen, clear })}>{t('people.disable')}…</Button>
            </>
          ),
        }}
        exports={[{ label: t('people.exportCsv'), run: async () => download('users.csv', asCsv(await everyUser(filter))) }]}
        empty={{ icon: <IconUsers size={24} />, title: t('people.empty'), body: t('people.emptyBody'), action: add }}
        noMatch={{ title: t('people.noneFound'), body: t('people.noneFoundBody') }}
      />
      <NewUsers
        opened={!!make} onClose={() => { state.change({ make: undefined }, { typing: true }); void queryClient.invalidateQueries({ queryKey: ['users'] }); }}
        place={search.project ? `p:${search.project}` : search.organisation ? `o:${search.organisation}` : undefined}
      />
      <BatchState verb={batch?.verb} users={batch?.users ?? []} onClose={() => setBatch(undefined)} onDone={() => batch?.clear()} />
    </Page>
  );
}

const place = ({ organisation_name, project_name }: UserMembership) => (project_name ? `${organisation_name} / ${project_name}` : organisation_name);

/** At most this many places are named in a row. */
const NAMED = 2;

function Belongs({ user: { memberships } }: { user: User }) {
  const { t } = useTranslation();
  if (memberships.length === 0) return <span className="ew-muted">–</span>;
  // Where the project is named, its organisation needs no line of its own.
  const telling = memberships.filter((each) => each.role !== 'member' || !memberships.some((other) => other.project_id && other.organisation_id === each.organisation_id));
  return (
    <>
      {telling.slice(0, NAMED).map((each) => (
        <div key={`${each.organisation_id} ${each.project_id}`}>{place(each)} <span className="ew-muted">{t(`memberRole.${each.role}`)}</span></div>
      ))}
      {telling.length > NAMED && <span className="ew-muted">{t('people.morePlaces', { count: telling.length - NAMED })}</span>}
    </>
  );
}

function asCsv(users: User[]): string {
  return csv([
    ['email', 'display_name', 'phone', 'state', 'system_admin', 'sso_only', 'memberships', 'created_at', 'last_sign_in_at'],
    ...users.map((user) => [
      user.email, user.display_name, user.phone, user.state, String(user.system_admin), String(user.sso_only),
      user.memberships.map((each) => `${place(each)}: ${each.role}`).join('; '), user.created_at, user.last_sign_in_at,
    ]),
  ]);
}

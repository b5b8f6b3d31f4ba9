// API tokens: one's own, or all that one may revoke.

import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconKey, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deleteApiToken } from '../api/calls';
import { useCan } from '../api/permissions';
import { apiTokensQuery, sessionQuery } from '../api/queries';
import type { ApiToken } from '../api/types';
import { NotFound } from '../frame/Trouble';
import type { TokensSearch } from '../router';
import { Ago } from '../ui/Ago';
import { Page } from '../ui/Page';
import { Question } from '../ui/Question';
import { Mark } from '../ui/State';
import { List, NameCell, Quiet, useListSearch, useLocal, type ListColumn } from '../ui/list';
import { useNow } from '../ui/time';
import { NewTokenDialog } from './NewTokenDialog';

/** Never ends, or was never used: after all that do, or before. */
const NEVER = Number.MAX_SAFE_INTEGER;

export function TokensPage() {
  const { t } = useTranslation();
  const can = useCan();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery).data;
  const state = useListSearch<TokensSearch>();
  const { all } = state.search;
  const tokens = useQuery(apiTokensQuery(!!all));
  const [going, setGoing] = useState<ApiToken>();
  const erase = useMutation({
    mutationFn: (token: ApiToken) => deleteApiToken(token.id),
    onSuccess: async () => {
      setGoing(undefined);
      notifications.show({ message: t('apiTokens.revoked') });
      await queryClient.invalidateQueries({ queryKey: ['api-tokens'] });
    },
  });
  const page = useLocal<ApiToken>(tokens, {
    search: state.search.sort ? state.search : { ...state.search, direction: 'descending' },
    usual: 'created',
    text: ({ name, owner_name, memberships }) => [name, owner_name, ...memberships.flatMap((each) => [each.organisation_name, each.project_name])].join('\n'),
    sorts: {
      created: ({ created_at }) => Date.parse(created_at),
      name: ({ name }) => name,
      expires: ({ expires_at }) => (expires_at ? Date.parse(expires_at) : NEVER),
      used: ({ last_used_at }) => (last_used_at ? Date.parse(last_used_at) : 0),
    },
  });
  const columns = useMemo((): ListColumn<ApiToken>[] => [
    {
      key: 'name', label: t('noun.name'), width: 'minmax(160px, 1.6fr)', sort: 'name', always: true, wide: true,
      cell: ({ name, owner_name }) => <NameCell below={all ? t('apiTokens.of', { name: owner_name ?? t('frame.machine') }) : undefined}><strong>{name}</strong></NameCell>,
    },
    { key: 'may', label: t('apiTokens.may'), width: 'minmax(170px, 1.8fr)', cell: (token) => <May token={token} /> },
    { key: 'ends', label: t('apiTokens.ends'), width: '150px', sort: 'expires', cell: ({ expires_at }) => <Ends at={expires_at} /> },
    { key: 'used', label: t('apiTokens.used'), width: '120px', sort: 'used', first: 'descending', cell: ({ last_used_at }) => <Quiet><Ago at={last_used_at} /></Quiet> },
    { key: 'made', label: t('noun.made'), width: '120px', sort: 'created', first: 'descending', cell: ({ created_at }) => <Quiet><Ago at={created_at} /></Quiet> },
    {
      key: 'actions', label: t('noun.actions'), width: '34px', always: true, wide: true, quietLabel: true,
      cell: (token) => (
        <Tooltip label={t('apiTokens.revokeWhat', { name: token.name })}>
          <ActionIcon variant="subtle" color="gray" aria-label={t('apiTokens.revokeWhat', { name: token.name })} onClick={() => setGoing(token)}>
            <IconTrash size={17} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      ),
    },
  ], [t, all]);

  if (session?.token) return <NotFound />;
  const add = <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => state.change({ make: true })}>{t('apiTokens.make')}</Button>;
  return (
    <Page title={t('nav.apiTokens')} lead={t('apiTokens.lead')} actions={add}>
      <List
        name="api-tokens" label={t('nav.apiTokens')} state={state} query={page} columns={columns} textLabel={t('apiTokens.search')}
        usualSort={{ by: 'created', direction: 'descending' }}
        filters={can('look_at_members') ? [{ key: 'all', label: t('apiTokens.whose'), options: [{ value: true, label: t('apiTokens.all') }] }] : []}
        tools={can('look_at_members') && !all && (
          <Button variant="subtle" color="gray" size="compact-md" onClick={() => state.change({ all: true })}>{t('apiTokens.showAll')}</Button>
        )}
        empty={{ icon: <IconKey size={24} />, title: t('apiTokens.empty'), body: t('apiTokens.emptyBody'), action: add }}
        noMatch={{ title: t('apiTokens.noneFound'), body: t('apiTokens.noneFoundBody') }}
      />
      <NewTokenDialog opened={!!state.search.make} onClose={() => state.change({ make: undefined }, { typing: true })} />
      <Question
        opened={!!going} onClose={() => { setGoing(undefined); erase.reset(); }} title={t('apiTokens.revokeTitle', { name: going?.name ?? '' })}
        goes={[t('apiTokens.revokeGoes')]} stays={[t('apiTokens.revokeStays')]}
        verb={t('apiTokens.revoke')} error={erase.error} pending={erase.isPending} onConfirm={() => going && erase.mutate(going)}
      />
    </Page>
  );
}

function May({ token: { system_admin, memberships } }: { token: ApiToken }) {
  const { t } = useTranslation();
  if (system_admin) return <>{t('role.system_admin')}</>;
  if (memberships.length === 0) return <span className="ew-muted">–</span>;
  return memberships.map((each) => (
    <div key={`${each.organisation_id} ${each.project_id}`}>
      {each.project_name ? `${each.organisation_name} / ${each.project_name}` : each.organisation_name} <span className="ew-muted">{t(`memberRole.${each.role}`)}</span>
    </div>
  ));
}

function Ends({ at }: { at: string | null }) {
  const { t } = useTranslation();
  const now = useNow();
  if (!at) return <span className="ew-muted">{t('time.never')}</span>;
  if (Date.parse(at) <= now) return <Mark tone="offline">{t('apiTokens.expired')}</Mark>;
  return <Quiet><Ago at={at} future /></Quiet>;
}

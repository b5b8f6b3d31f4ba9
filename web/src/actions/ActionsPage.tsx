// What devices were asked for: all that may be seen, the newest first, as it goes on.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { actionsQuery } from '../api/queries';
import type { ActionsSearch } from '../router';
import { List, asFilter, useListSearch, type ListFilter } from '../ui/list';
import { Page } from '../ui/Page';
import { useOpened } from '../ui/opened';
import { useScopeFilters } from '../ui/scope';
import { actionColumns, actionFilters, bornAction } from './ActionColumns';
import { ActionDrawer } from './ActionDrawer';

export function ActionsPage() {
  const { t } = useTranslation();
  const state = useListSearch<ActionsSearch>();
  const { text: _, sort: __, direction: ___, before: ____, ...filter } = asFilter(state.search);
  const actions = useQuery(actionsQuery(filter));
  const scopeFilters = useScopeFilters();
  const mayAsk = useCan()('operate_devices');
  const columns = useMemo(() => actionColumns(t, false), [t]);
  const [open, show] = useOpened();
  const shown = actions.data?.items ?? [];
  const filters: ListFilter[] = [
    ...actionFilters(t),
    { key: 'device', label: t('actions.device'), options: [], describe: (id) => shown.find(({ device_id }) => device_id === id)?.device_name ?? String(id).slice(0, 8) },
    ...scopeFilters,
  ];
  return (
    <Page title={t('nav.actions')} lead={t('actions.lead')}>
      <List
        name="actions" label={t('nav.actions')} state={state} query={actions} columns={columns} filters={filters} born={bornAction}
        empty={{
          icon: <IconPlayerPlay size={24} />, title: t('actions.empty'), body: mayAsk ? t('actions.emptyBody') : t('actions.emptyBodyViewer'),
          action: mayAsk && <Button renderRoot={(props) => <Link to="/devices" {...props} />}>{t('actions.showDevices')}</Button>,
        }}
        noMatch={{ title: t('actions.noneFound'), body: t('actions.noneFoundBody') }}
      />
      <ActionDrawer id={open} shown={shown} onClose={() => show(undefined)} />
    </Page>
  );
}

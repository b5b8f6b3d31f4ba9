// What this device was asked for, the newest first, as it goes on.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { actionColumns, actionFilters, bornAction } from '../actions/ActionColumns';
import { ActionDrawer } from '../actions/ActionDrawer';
import { actionsQuery } from '../api/queries';
import type { DeviceSearch } from '../router';
import { List, asFilter, useListSearch, type ListState } from '../ui/list';
import { useOpened } from '../ui/opened';
import type { DeviceProps } from './DevicePage';

type TabSearch = Pick<DeviceSearch, 'state' | 'open' | 'name' | 'page' | 'size'>;

export function ActionsTab({ agent, operate, onAsk }: DeviceProps & { onAsk: () => void }) {
  const { t } = useTranslation();
  const state = useTabState();
  const { state: of, open: isOpen, name, offset, limit } = asFilter(state.search);
  const actions = useQuery(actionsQuery({ device: agent.id, state: of, open: isOpen, name, offset, limit }));
  const columns = useMemo(() => actionColumns(t, true), [t]);
  const [open, show] = useOpened();
  const shown = actions.data?.items ?? [];
  return (
    <>
      <List
        name="device-actions" label={t('device.tab.actions')} state={state} query={actions} columns={columns} filters={actionFilters(t)} born={bornAction}
        empty={{
          icon: <IconPlayerPlay size={24} />, title: t('device.noActions'), body: operate ? t('device.noActionsBody') : t('device.noActionsBodyViewer'),
          action: operate && <Button onClick={onAsk}>{t('ask.start')}…</Button>,
        }}
        noMatch={{ title: t('actions.noneFound'), body: t('actions.noneFoundBody') }}
      />
      <ActionDrawer id={open} shown={shown} onClose={() => show(undefined)} />
    </>
  );
}

/** The list's part of the page's address: which tab is open narrows nothing. */
function useTabState(): ListState<TabSearch> {
  const whole = useListSearch<DeviceSearch>();
  const navigate = useNavigate();
  const { state, open, name, page, size } = whole.search;
  return {
    search: { state, open, name, page, size },
    change: (by, how) => whole.change(by, how),
    clear: () => void navigate({ to: '.', search: { tab: 'actions', size } as never, resetScroll: false }),
  };
}

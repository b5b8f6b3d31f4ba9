// Asking a device for an action at once, without a dialog: for what is a press on a button. How far it is
// shows where the device's actions are shown.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { askForAction, cancelAction } from '../api/calls';
import type { ActionToDo, Agent } from '../api/types';
import { useNotify } from '../ui/notify';
import { agentName } from '../agents/words';
import { actionText } from './words';

/** A device as far as asking it needs. */
export interface AskedDevice {
  id: string;
  name: string;
  online: boolean;
}

export const asAsked = (agent: Agent): AskedDevice => ({ id: agent.id, name: agentName(agent), online: agent.presence === 'online' });

export function useAskOne(device: AskedDevice) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { say, refused } = useNotify();
  return useMutation({
    mutationFn: (action: ActionToDo) => askForAction({ device_ids: [device.id], action }),
    onSuccess: (_, action) => {
      if (!device.online) say(t('ask.waitsFor', { name: device.name }), actionText(t, action));
      return queryClient.invalidateQueries({ queryKey: ['actions'] });
    },
    onError: refused,
  });
}

export function useCancel() {
  const queryClient = useQueryClient();
  const { refused } = useNotify();
  return useMutation({
    mutationFn: cancelAction,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['actions'] }),
    onError: refused,
  });
}

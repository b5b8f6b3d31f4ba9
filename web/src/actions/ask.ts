// Asking a device for an action at once, without a dialog: for what is a press on a button. How far it is
// shows where the device's actions are shown.

import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { askForAction, cancelAction } from '../api/calls';
import type { ActionToDo, Agent } from '../api/types';
import { useProblemWords } from '../ui/problem';
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
  const words = useProblemWords();
  return useMutation({
    mutationFn: (action: ActionToDo) => askForAction({ device_ids: [device.id], action }),
    onSuccess: (_, action) => {
      if (!device.online) notifications.show({ title: actionText(t, action), message: t('ask.waitsFor', { name: device.name }) });
      return queryClient.invalidateQueries({ queryKey: ['actions'] });
    },
    onError: (error) => {
      const { message, hint } = words(error);
      notifications.show({ color: 'red', title: message, message: hint, autoClose: 10_000 });
    },
  });
}

export function useCancel() {
  const queryClient = useQueryClient();
  const words = useProblemWords();
  return useMutation({
    mutationFn: cancelAction,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['actions'] }),
    onError: (error) => {
      const { message, hint } = words(error);
      notifications.show({ color: 'red', title: message, message: hint, autoClose: 10_000 });
    },
  });
}

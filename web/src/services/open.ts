// Opening a service's own page in a new tab. The tab is opened at once, while the browser still
// sees the click, and sent to the page when the link has come.

import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client';
import type { OpenAnswer } from '../api/types';
import { useProblemWords } from '../ui/problem';

export function useOpenService() {
  const { t } = useTranslation();
  const words = useProblemWords();

  return useMutation({
    mutationFn: async ({ id, name }: { id: string; name: string }) => {
      const tab = window.open('', '_blank');
      if (tab) {
        tab.opener = null;
        tab.document.title = t('open.title', { name });
        tab.document.body.textContent = t('open.title', { name });
      }
      try {
        const { url } = await post<OpenAnswer>(`/services/${encodeURIComponent(id)}/open`);
        // Without a tab (a strict pop-up setting) the page itself goes there; Back returns.
        if (tab) tab.location.replace(url);
        else window.location.assign(url);
      } catch (error) {
        tab?.close();
        throw error;
      }
    },
    onError: (error) => {
      const { message, hint } = words(error);
      notifications.show({ color: 'red', title: message, message: hint, autoClose: 10_000 });
    },
  });
}

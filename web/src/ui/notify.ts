// A word in the corner: what was done, or why something was refused.

import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useProblemWords } from './problem';

/** What was refused stays long enough to be read. */
const REFUSED_MS = 10_000;

export function useNotify() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const closeButtonProps = { 'aria-label': t('dialog.close') };
  return {
    say: (message: string, title?: string) => void notifications.show({ title, message, closeButtonProps }),
    refused: (error: unknown) => {
      const { message, hint } = words(error);
      notifications.show({ color: 'red', title: message, message: hint, autoClose: REFUSED_MS, closeButtonProps });
    },
  };
}

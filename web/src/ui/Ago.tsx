import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { exact, relative, useNow } from './time';

/** A moment, told relative to now; the exact one on hover. */
export function Ago({ at, future = false }: { at: string | null; future?: boolean }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  if (!at) return <span className="ew-muted">{t('time.never')}</span>;
  // What was heard cannot lie ahead; a browser's clock may be a little behind.
  const shown = !future && Date.parse(at) > now ? new Date(now).toISOString() : at;
  return (
    <Tooltip label={exact(at, i18n.language)}>
      <time dateTime={at}>{relative(shown, now, i18n.language) ?? t('time.now')}</time>
    </Tooltip>
  );
}

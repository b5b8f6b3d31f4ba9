import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useOpenService } from './open';
import type { Away } from './standing';

interface OpenButtonProps extends ButtonProps {
  id: string;
  name: string;
  /** Why it cannot be opened now. */
  away?: Away;
  /** Takes the focus when it appears. */
  focused?: boolean;
}

/** Opens the service's own page. Where it cannot be reached, says why instead. */
export function OpenButton({ id, name, away, focused = false, ...props }: OpenButtonProps) {
  const { t } = useTranslation();
  const open = useOpenService();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focused) button.current?.focus();
  }, [focused]);
  return (
    <Tooltip label={away && t(`open.why.${away}`)} disabled={!away}>
      <Button
        leftSection={<IconExternalLink size={16} aria-hidden />}
        loading={open.isPending}
        data-disabled={!!away || undefined}
        aria-disabled={!!away || undefined}
        ref={button}
        aria-label={t('open.what', { name })}
        onClick={() => !away && open.mutate({ id, name })}
        {...props}
      >
        {t('open.open')}
      </Button>
    </Tooltip>
  );
}

import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ServiceState } from '../api/types';
import { useOpenService } from './open';

interface OpenButtonProps extends ButtonProps {
  id: string;
  name: string;
  state?: ServiceState;
  /** Takes the focus when it appears. */
  focused?: boolean;
}

/** Opens the service's own page. Where it cannot be reached, says why instead. */
export function OpenButton({ id, name, state = 'online', focused = false, ...props }: OpenButtonProps) {
  const { t } = useTranslation();
  const open = useOpenService();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focused) button.current?.focus();
  }, [focused]);
  const away = state !== 'online';
  return (
    <Tooltip label={state === 'online' ? '' : t(`open.why.${state}`)} disabled={!away}>
      <Button
        leftSection={<IconExternalLink size={16} aria-hidden />}
        loading={open.isPending}
        data-disabled={away || undefined}
        aria-disabled={away || undefined}
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

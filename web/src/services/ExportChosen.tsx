// A list of the chosen services that can be imported again.

import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { exportServices } from '../api/calls';
import type { Service } from '../api/types';
import { useNotify } from '../ui/notify';
import { saveFile } from '../ui/saveFile';

/** An address has room for so many ids. */
const AT_ONCE = 100;

export function ExportChosen({ chosen }: { chosen: Service[] }) {
  const { t } = useTranslation();
  const { refused } = useNotify();
  const save = useMutation({
    mutationFn: async () => {
      const parts: string[] = [];
      for (let first = 0; first < chosen.length; first += AT_ONCE) {
        const list = await exportServices(chosen.slice(first, first + AT_ONCE).map(({ id }) => id));
        // One heading is enough; it has no line break inside.
        parts.push(first === 0 ? list : list.slice(list.indexOf('\n') + 1));
      }
      return parts.join('');
    },
    onSuccess: (list) => saveFile('edgeward-services.csv', list),
    onError: refused,
  });
  return (
    <Button variant="default" size="compact-md" loading={save.isPending} leftSection={<IconDownload size={15} aria-hidden />} onClick={() => save.mutate()}>
      {t('services.exportChosen')}
    </Button>
  );
}

// How the installation's public key gets onto a service: the file to take along, where it belongs, and what has to be set there.

import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Coded } from '../ui/Coded';
import { useKeyFile } from '../ui/keyFile';
import { Problem } from '../ui/Problem';
import classes from './KeyGuide.module.css';
import { kindOf } from './kinds';

interface KeyGuideProps {
  kind: string;
  /** The file's name, where it is known without asking for the file. */
  file?: string;
}

export function KeyGuide({ kind, file }: KeyGuideProps) {
  const { t } = useTranslation();
  const { download, known } = useKeyFile();
  const name = known?.file_name ?? file;
  const what = name ? `\`${name}\`` : t('serviceKey.file');
  const product = kindOf(kind);
  return (
    <div className={classes.guide}>
      <strong>{t('serviceKey.title')}</strong>
      <ol>
        <li>
          <span><Coded text={t('serviceKey.take', { what })} /></span>
          <Button variant="default" size="compact-sm" loading={download.isPending} leftSection={<IconDownload size={15} aria-hidden />} onClick={() => download.mutate()}>
            {t('serviceKey.download')}
          </Button>
          {download.isError && <Problem error={download.error} />}
        </li>
        <li><Coded text={t(`serviceKey.put.${product}`, { what })} /></li>
        <li><Coded text={t(`serviceKey.set.${product}`)} /></li>
      </ol>
    </div>
  );
}

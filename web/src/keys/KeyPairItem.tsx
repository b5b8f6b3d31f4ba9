// One key pair: its public file, since when, and which services accept it.

import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconDownload, IconUpload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { downloadKey } from '../api/calls';
import type { KeyPair } from '../api/types';
import { Ago } from '../ui/Ago';
import { CopyIcon, CopyText } from '../ui/Copy';
import { Facts } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { saveFile } from '../ui/saveFile';
import { Tag } from '../ui/State';
import classes from './Keys.module.css';

interface KeyPairItemProps {
  pair: KeyPair;
  /** Absent where there is nobody to place it for, or one may not. */
  onPlace?: () => void;
  onRetire?: () => void;
}

export function KeyPairItem({ pair: { number, file_name, fingerprint, made_at, state, proven, behind }, onPlace, onRetire }: KeyPairItemProps) {
  const { t } = useTranslation();
  const download = useMutation({
    mutationFn: () => downloadKey(number),
    onSuccess: (key) => saveFile(key.file_name, key.pem),
  });
  return (
    <li className={classes.pair}>
      <div className={classes.head}>
        <h3 className={classes.name} data-verbatim>{file_name}</h3>
        <Tag>{t(`keys.state.${state}`)}</Tag>
        <div className={classes.buttons}>
          {onPlace && <Button variant="default" size="compact-sm" leftSection={<IconUpload size={15} aria-hidden />} onClick={onPlace}>{t('keys.place')}…</Button>}
          {onRetire && <Button variant="default" size="compact-sm" onClick={onRetire}>{t('keys.retire')}…</Button>}
          <Button
            variant="default" size="compact-sm" loading={download.isPending} leftSection={<IconDownload size={15} aria-hidden />} aria-label={t('keys.downloadFile', { file: file_name })}
            onClick={() => download.mutate()}
          >
            {t('settings.keys.download')}
          </Button>
        </div>
      </div>
      <Facts
        items={[
          [t('keys.services'), (
            <span key="s" className={classes.counts}>
              <span>{t('keys.proven', { count: proven })}</span>
              {behind > 0 && <Link to="/services" search={{ key_behind: String(number), organisation: undefined, project: undefined }} className="ew-link">{t('keys.behind', { count: behind })}</Link>}
            </span>
          )],
          [t('settings.keys.fingerprint'), <CopyText key="f" text={fingerprint} what={t('settings.keys.fingerprint')} />],
          [t('noun.made'), <Ago key="m" at={made_at} />],
        ]}
      />
      <div role="status">
        {download.isError && <Problem error={download.error} />}
        {download.data && (
          <span className={classes.pem}>
            <code tabIndex={0}>{download.data.pem.trim()}</code>
            <CopyIcon text={download.data.pem} what="PEM" />
          </span>
        )}
      </div>
    </li>
  );
}

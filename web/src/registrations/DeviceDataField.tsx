// What a device is handed when it enrols: typed as text, or base64; a file becomes base64.

import { Button, FileButton, Radio, Textarea } from '@mantine/core';
import { IconFile } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MAX_DEVICE_DATA_BYTES } from '../api/types';
import { dataProblem, encoded, type TypedData } from './deviceData';
import classes from './Registrations.module.css';

interface DeviceDataFieldProps {
  value: TypedData;
  onChange: (value: TypedData) => void;
  autoFocus?: boolean;
}

export function DeviceDataField({ value, onChange, autoFocus = false }: DeviceDataFieldProps) {
  const { t } = useTranslation();
  const [large, setLarge] = useState(false);
  const problem = large ? 'large' : dataProblem(value);

  async function read(file: File | null) {
    if (!file) return;
    setLarge(file.size > MAX_DEVICE_DATA_BYTES);
    if (file.size <= MAX_DEVICE_DATA_BYTES) onChange({ kind: 'base64', text: encoded(new Uint8Array(await file.arrayBuffer())) });
  }

  return (
    <div className={classes.data}>
      <Textarea
        data-autofocus={autoFocus || undefined} label={t('registration.data')} description={t('registration.dataNote')} rows={4} resize="vertical" spellCheck={false} autoComplete="off"
        value={value.text} error={problem && t(`registration.wrong.${problem}`)}
        onChange={(event) => {
          setLarge(false);
          onChange({ ...value, text: event.currentTarget.value });
        }}
      />
      <div className={classes.dataKinds}>
        <Radio.Group aria-label={t('registration.dataKind')} value={value.kind} onChange={(kind) => onChange({ ...value, kind: kind as TypedData['kind'] })}>
          <div className={classes.dataKinds}>
            <Radio value="text" label={t('registration.dataText')} />
            <Radio value="base64" label={t('registration.dataBase64')} />
          </div>
        </Radio.Group>
        <FileButton onChange={(file) => void read(file)}>
          {(props) => <Button {...props} variant="default" size="compact-sm" leftSection={<IconFile size={14} aria-hidden />}>{t('registration.dataFile')}</Button>}
        </FileButton>
      </div>
    </div>
  );
}

// Where a service is that is reached directly and, with https, by what its certificate is judged.

import { Radio, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import classes from '../people/People.module.css';
import { CommandLine } from '../ui/Copy';
import { addressOf, fingerprintCommand, fingerprintOf, isSecure } from './address';
import { kindName, usualPort } from './kinds';
import type { ServiceFields } from './fields';

/** For examples; of a private network. */
const EXAMPLE_HOST = '192.168.1.7';
const EXAMPLE_PORT = 8080;

export function AddressFields({ form }: { form: UseFormReturnType<ServiceFields> }) {
  const { t } = useTranslation();
  const { kind, address, trust } = form.values;
  const port = usualPort(kind);
  const place = addressOf(address, kind);
  const plain = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const;
  const addressProps = form.getInputProps('address');
  return (
    <>
      <TextInput
        label={t('noun.address')} inputMode="url" placeholder={`http://${EXAMPLE_HOST}:${port ?? EXAMPLE_PORT}`} {...plain}
        description={port ? t('serviceForm.addressUsual', { product: kindName(kind), port }) : t('serviceForm.addressNote')}
        key={form.key('address')} {...addressProps}
        onBlur={(event) => {
          // What was left out is shown before it is sent.
          const whole = addressOf(event.currentTarget.value, kind);
          if ('address' in whole) form.setFieldValue('address', whole.address);
          addressProps.onBlur?.(event);
        }}
      />
      {isSecure(address) && (
        <fieldset className={classes.choices}>
          <legend>{t('serviceForm.certificate')}</legend>
          {(['authorities', 'pinned'] as const).map((each) => (
            <Radio
              key={each} name="trust" label={t(`serviceForm.trust.${each}`)} description={t(`serviceForm.trustNote.${each}`)}
              checked={trust === each} onChange={() => form.setFieldValue('trust', each)}
            />
          ))}
          {trust === 'pinned' && (
            <>
              <TextInput
                label={t('serviceForm.fingerprint')} description={t('serviceForm.fingerprintNote')} {...plain} classNames={{ input: 'ew-mono' }}
                key={form.key('pinned')} {...form.getInputProps('pinned')}
                onBlur={(event) => {
                  const digits = fingerprintOf(event.currentTarget.value);
                  if (digits) form.setFieldValue('pinned', digits);
                  form.getInputProps('pinned').onBlur?.(event);
                }}
              />
              {'address' in place && <CommandLine text={fingerprintCommand(place.address)} />}
            </>
          )}
        </fieldset>
      )}
    </>
  );
}

// What most services do not need: ports, volumes, variables, limits, a login at the registry.

import { ActionIcon, Button, Checkbox, PasswordInput, TextInput, Textarea, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { DEFAULT_HEALTHY_WITHIN_S, MAX_PARTS } from '../api/types';
import formClasses from '../people/People.module.css';
import type { Of } from './HostForm';
import classes from './Hosting.module.css';
import { isSecretName, readVariables, type HostFields } from './fields';

interface AdvancedFieldsProps {
  fields: HostFields;
  onChange: (change: Partial<HostFields>) => void;
  of: Of;
  usualPort: number | undefined;
}

const PLAIN = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const;
const MONO = { input: 'ew-mono' };

export function AdvancedFields({ fields, onChange, of, usualPort }: AdvancedFieldsProps) {
  const { t } = useTranslation();
  type Text = 'port' | 'healthyWithinS' | 'memoryMib' | 'cpus' | 'registryUser';
  const text = (field: Text) => ({ ...PLAIN, value: fields[field], onChange: (event: React.ChangeEvent<HTMLInputElement>) => onChange({ [field]: event.currentTarget.value }), ...of(field) });
  const container = fields.from === 'image';
  return (
    <div className={classes.inside}>
      <div className={`${classes.row} ${classes.pair}`}>
        <TextInput label={t('host.port')} description={t(container ? 'host.portNote' : 'host.portNoteSnap')} inputMode="numeric" placeholder={usualPort?.toString()} {...text('port')} />
        <TextInput label={t('host.within')} description={t('host.withinNote')} inputMode="numeric" placeholder={String(DEFAULT_HEALTHY_WITHIN_S)} {...text('healthyWithinS')} />
      </div>
      {container && (
        <>
          <Ports ports={fields.ports} onChange={(ports) => onChange({ ports })} of={of} />
          <Volumes volumes={fields.volumes} onChange={(volumes) => onChange({ volumes })} of={of} />
          <Variables variables={fields.environment} onChange={(environment) => onChange({ environment })} of={of} />
          <Textarea
            label={t('host.command')} description={t('host.commandNote')} rows={3} resize="vertical" {...PLAIN} classNames={MONO}
            value={fields.command} onChange={(event) => onChange({ command: event.currentTarget.value })} {...of('command')}
          />
          <div className={`${classes.row} ${classes.pair}`}>
            <TextInput label={t('host.memory')} description={t('host.memoryNote')} inputMode="numeric" {...text('memoryMib')} />
            <TextInput label={t('host.cpus')} description={t('host.cpusNote')} inputMode="decimal" {...text('cpus')} />
          </div>
          <fieldset className={formClasses.choices}>
            <legend>{t('host.registry')}</legend>
            <p className={formClasses.note}>{t('host.registryNote')}</p>
            <div className={`${classes.row} ${classes.pair}`}>
              <TextInput label={t('serviceForm.user')} {...text('registryUser')} />
              <PasswordInput
                label={t('serviceForm.password')} autoComplete="new-password" visibilityToggleButtonProps={{ 'aria-label': t('serviceForm.showPassword') }}
                value={fields.registryPassword} onChange={(event) => onChange({ registryPassword: event.currentTarget.value })} {...of('registryPassword')}
              />
            </div>
          </fieldset>
        </>
      )}
    </div>
  );
}

interface RowsProps<T> {
  name: 'ports' | 'volumes' | 'variables';
  items: T[];
  empty: T;
  onChange: (items: T[]) => void;
  /** The fields of a row; `set` changes some of it. */
  children: (item: T, at: number, set: (change: Partial<T>) => void) => React.ReactNode;
}

/** A list of rows with a button that adds one, and one on each that takes it away. */
function Rows<T>({ name, items, empty, onChange, children }: RowsProps<T>) {
  const { t } = useTranslation();
  return (
    <fieldset className={formClasses.choices}>
      <legend>{t(`host.${name}`)}</legend>
      <p className={formClasses.note}>{t(`host.${name}Note`)}</p>
      {items.map((item, at) => {
        const gone = t(`host.remove.${name}`, { number: at + 1 });
        return (
          <div key={at} className={classes.row} role="group" aria-label={t(`host.one.${name}`, { number: at + 1 })}>
            {children(item, at, (change) => onChange(items.map((each, index) => (index === at ? { ...each, ...change } : each))))}
            <Tooltip label={gone}>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={gone} onClick={() => onChange(items.filter((_, index) => index !== at))}>
                <IconTrash size={17} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </div>
        );
      })}
      {items.length < MAX_PARTS && (
        <div><Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange([...items, empty])}>{t(`host.add.${name}`)}</Button></div>
      )}
    </fieldset>
  );
}

function Ports({ ports, onChange, of }: { ports: HostFields['ports']; onChange: (ports: HostFields['ports']) => void; of: Of }) {
  const { t } = useTranslation();
  return (
    <Rows name="ports" items={ports} empty={{ container: '', host: '', udp: false }} onChange={onChange}>
      {({ container, host, udp }, at, set) => (
        <>
          <TextInput label={t('host.portInside')} inputMode="numeric" {...PLAIN} value={container} onChange={(event) => set({ container: event.currentTarget.value })} {...of(`ports.${at}.container`)} />
          <TextInput label={t('host.portOutside')} inputMode="numeric" {...PLAIN} value={host} onChange={(event) => set({ host: event.currentTarget.value })} {...of(`ports.${at}.host`)} />
          <Checkbox label="UDP" checked={udp} onChange={(event) => set({ udp: event.currentTarget.checked })} />
        </>
      )}
    </Rows>
  );
}

function Volumes({ volumes, onChange, of }: { volumes: HostFields['volumes']; onChange: (volumes: HostFields['volumes']) => void; of: Of }) {
  const { t } = useTranslation();
  return (
    <Rows name="volumes" items={volumes} empty={{ name: '', path: '' }} onChange={onChange}>
      {({ name, path }, at, set) => (
        <>
          <TextInput label={t('noun.name')} {...PLAIN} value={name} onChange={(event) => set({ name: event.currentTarget.value })} {...of(`volumes.${at}.name`)} />
          <TextInput label={t('host.volumePath')} {...PLAIN} classNames={MONO} value={path} onChange={(event) => set({ path: event.currentTarget.value })} {...of(`volumes.${at}.path`)} />
        </>
      )}
    </Rows>
  );
}

function Variables({ variables, onChange, of }: { variables: HostFields['environment']; onChange: (variables: HostFields['environment']) => void; of: Of }) {
  const { t } = useTranslation();

  /** Several lines of `NAME=value` become as many rows. */
  function paste(event: React.ClipboardEvent, at: number) {
    const read = readVariables(event.clipboardData.getData('text'));
    if (!read) return;
    event.preventDefault();
    onChange([...variables.slice(0, at), ...read, ...variables.slice(at + 1)].slice(0, MAX_PARTS));
  }

  return (
    <Rows name="variables" items={variables} empty={{ name: '', value: '' }} onChange={onChange}>
      {({ name, value }, at, set) => {
        const Value = isSecretName(name) ? PasswordInput : TextInput;
        return (
          <>
            <TextInput
              label={t('noun.name')} {...PLAIN} classNames={MONO} value={name} onChange={(event) => set({ name: event.currentTarget.value })} onPaste={(event) => paste(event, at)}
              {...of(`environment.${at}.name`)}
            />
            <Value
              label={t('host.value')} {...PLAIN} classNames={MONO} value={value} onChange={(event: React.ChangeEvent<HTMLInputElement>) => set({ value: event.currentTarget.value })}
              {...(Value === PasswordInput ? { autoComplete: 'new-password', visibilityToggleButtonProps: { 'aria-label': t('host.showValue') } } : {})}
            />
          </>
        );
      }}
    </Rows>
  );
}

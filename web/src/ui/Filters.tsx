// The bar above a list: free text, and chips that say what they do. It holds nothing itself; what
// is chosen lives in the address.

import { Button, CloseButton, Menu, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconCheck, IconSearch, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Filters.module.css';

const TYPING_MS = 250;

export interface FilterGroup {
  /** The name in the address. */
  key: string;
  label: string;
  options: { value: string; label: string }[];
}

interface FiltersProps {
  text: string | undefined;
  textLabel: string;
  groups: FilterGroup[];
  chosen: Record<string, string | undefined>;
  onChange: (change: Record<string, string | undefined>) => void;
}

export function Filters({ text, textLabel, groups, chosen, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const active = groups.flatMap((group) => {
    const value = chosen[group.key];
    if (!value) return [];
    const label = group.options.find((option) => option.value === value)?.label ?? value.slice(0, 8);
    return [{ key: group.key, group: group.label, label }];
  });
  const clear = () => onChange(Object.fromEntries([...groups.map(({ key }) => [key, undefined]), ['text', undefined]]));

  return (
    <div className={classes.bar} role="search">
      <SearchText text={text} label={textLabel} onChange={(value) => onChange({ text: value })} />
      <Menu position="bottom-start" width={240} closeOnItemClick>
        <Menu.Target>
          <Button variant="default" leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}>
            {t('filter.add')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={classes.options}>
          {groups.filter(({ options }) => options.length > 0).map((group) => (
            <div key={group.key} role="group" aria-label={group.label}>
              <Menu.Label>{group.label}</Menu.Label>
              {group.options.map(({ value, label }) => {
                const on = chosen[group.key] === value;
                return (
                  <Menu.Item
                    key={value}
                    role="menuitemcheckbox"
                    aria-checked={on}
                    rightSection={on && <IconCheck size={15} aria-hidden />}
                    onClick={() => onChange({ [group.key]: on ? undefined : value })}
                  >
                    {label}
                  </Menu.Item>
                );
              })}
            </div>
          ))}
        </Menu.Dropdown>
      </Menu>
      {active.map(({ key, group, label }) => (
        <button
          key={key}
          type="button"
          className={classes.chip}
          aria-label={t('filter.remove', { what: `${group} ${label}` })}
          onClick={() => onChange({ [key]: undefined })}
        >
          <span className={classes.group}>{group}</span>
          {label}
          <IconX size={13} aria-hidden />
        </button>
      ))}
      {(active.length > 1 || (active.length > 0 && text)) && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={clear}>{t('filter.clear')}</Button>
      )}
    </div>
  );
}

function SearchText({ text, label, onChange }: { text?: string; label: string; onChange: (text?: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text ?? '');
  const report = useDebouncedCallback((value: string) => onChange(value.trim() || undefined), TYPING_MS);
  // The address changes from elsewhere too: back, a link, "clear".
  useEffect(() => setTyped((now) => (now.trim() === (text ?? '') ? now : (text ?? ''))), [text]);

  function type(value: string) {
    setTyped(value);
    report(value);
  }

  return (
    <TextInput
      className={classes.search}
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={typed && <CloseButton size="sm" aria-label={t('filter.clearText')} onClick={() => type('')} />}
      value={typed}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}

// An organisation or project, and a role there.

import { NativeSelect, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MemberRole } from '../api/types';
import classes from './People.module.css';
import type { PlaceChoice } from './places';

interface PlaceFieldProps {
  choices: PlaceChoice[];
  place: string | null;
  role: MemberRole;
  onChange: (place: string | null, role: MemberRole) => void;
  error?: React.ReactNode;
  /** Beside the two: a button that removes them. */
  children?: React.ReactNode;
  inputRef?: React.Ref<HTMLInputElement>;
}

export function PlaceField({ choices, place, role, onChange, error, children, inputRef }: PlaceFieldProps) {
  const { t } = useTranslation();
  const roles = choices.find(({ key }) => key === place)?.roles ?? [];
  const groups = new Map<string, { value: string; label: string }[]>();
  for (const { key, organisation, project } of choices) {
    const label = project ? `${organisation} / ${project}` : t('people.whole', { name: organisation });
    groups.set(organisation, [...(groups.get(organisation) ?? []), { value: key, label }]);
  }

  function choosePlace(next: string | null) {
    const offered = choices.find(({ key }) => key === next)?.roles ?? [];
    onChange(next, offered.includes(role) ? role : (offered[0] ?? role));
  }

  return (
    <div className={classes.place}>
      <Select
        ref={inputRef} className={classes.where} label={t('people.place')} searchable allowDeselect={false} checkIconPosition="right"
        placeholder={t('people.placeChoose')} nothingFoundMessage={t('scope.none')} maxDropdownHeight={280}
        data={[...groups].map(([group, items]) => ({ group, items }))}
        value={place} onChange={choosePlace} error={error}
      />
      <NativeSelect
        label={t('people.role')} value={role} disabled={!place}
        data={(place ? roles : [role]).map((each) => ({ value: each, label: t(`memberRole.${each}`) }))}
        onChange={(event) => onChange(place, event.currentTarget.value as MemberRole)}
      />
      {children}
    </div>
  );
}

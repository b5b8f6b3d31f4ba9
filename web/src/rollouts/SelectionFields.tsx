// Which devices are meant: where, with which tags, of which model, and what they report.

import { ActionIcon, Button, NativeSelect, Select, TextInput, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { placeChoices, placeIds, placesWhere } from '../agents/places';
import { can } from '../api/permissions';
import { organisationsQuery, sessionQuery } from '../api/queries';
import { MAX_CONDITIONS, MAX_TAGS, type TwinTest } from '../api/types';
import classes from './Rollouts.module.css';
import { TagsField } from './Tags';
import { TESTS, compares, type ConditionFields, type RolloutFields } from './form';

export interface FieldsProps {
  fields: RolloutFields;
  onChange: (change: Partial<RolloutFields>) => void;
  /** What is wrong with a field in words, once it is to be said; and that it was left. */
  of: (field: string) => { error: string | undefined; onBlur: () => void };
}

export function SelectionFields({ fields, onChange, of }: FieldsProps) {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const organisations = placesWhere(useQuery(organisationsQuery).data?.items ?? [], session, 'operate_devices');
  // A project's administrator may operate that project, and not the organisation around it.
  const choices = placeChoices(organisations, (name) => t('people.whole', { name }), t).map(({ group, items }, index) => ({
    group, items: can(session, 'edit_organisation', { organisation: organisations[index]?.id ?? '' }) ? items : items.slice(1),
  }));
  const { organisation_id: organisation, project_id: project } = placeIds(fields.place);
  return (
    <>
      <Select
        label={t('selection.place')} searchable allowDeselect={false} checkIconPosition="right" placeholder={t('selection.placeChoose')} nothingFoundMessage={t('scope.none')} maxDropdownHeight={300}
        data={choices.filter(({ items }) => items.length > 0)} value={fields.place} onChange={(place) => onChange({ place })} {...of('place')}
      />
      <TagsField
        label={t('selection.tags')} description={t('selection.tagsNote', { max: MAX_TAGS })} value={fields.tags} onChange={(tags) => onChange({ tags })} scope={{ organisation, project }} {...of('tags')}
      />
      <TextInput
        label={t('registration.model')} description={t('selection.modelNote')} autoComplete="off" autoCapitalize="off" spellCheck={false}
        value={fields.model} onChange={(event) => onChange({ model: event.currentTarget.value })} {...of('model')}
      />
      <Conditions conditions={fields.conditions} snap={fields.action.snap.trim()} onChange={(conditions) => onChange({ conditions })} of={of} />
    </>
  );
}

/** Where one looks most. */
const pathsFor = (snap: string) => [
  '/device/model', '/device/brand', '/device/serial', '/os/id', '/os/version_id', '/os/snapd', '/agent/version',
  ...(['channel', 'tracking', 'version', 'revision', 'status', 'config'] as const).map((member) => `/snaps/${snap || 'pump'}/${member}`),
];

interface ConditionsProps extends Pick<FieldsProps, 'of'> {
  conditions: ConditionFields[];
  /** The one that the rollout is about. */
  snap: string;
  onChange: (conditions: ConditionFields[]) => void;
}

function Conditions({ conditions, snap, onChange, of }: ConditionsProps) {
  const { t } = useTranslation();
  const paths = useId();
  const change = (index: number, by: Partial<ConditionFields>) => onChange(conditions.map((each, at) => (at === index ? { ...each, ...by } : each)));
  const plain = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const;
  return (
    <fieldset className={classes.conditions}>
      <legend>{t('selection.conditions')}</legend>
      <p className={classes.note}>{t('selection.conditionsNote')}</p>
      {conditions.map((condition, index) => (
        <div key={index} className={classes.condition}>
          <TextInput
            className={classes.path} label={t('selection.path')} placeholder="/snaps/pump/channel" list={paths} {...plain}
            value={condition.path} onChange={(event) => change(index, { path: event.currentTarget.value })} {...of(`path.${index}`)}
          />
          <NativeSelect
            label={t('selection.test')} value={condition.test} data={TESTS.map((value) => ({ value, label: t(`selection.tests.${value}`) }))}
            onChange={(event) => change(index, { test: event.currentTarget.value as TwinTest })}
          />
          {compares(condition.test) && (
            <TextInput
              className={classes.value} label={t('selection.value')} placeholder={t('selection.valueExample')} {...plain}
              value={condition.value} onChange={(event) => change(index, { value: event.currentTarget.value })} {...of(`value.${index}`)}
            />
          )}
          <Tooltip label={t('selection.dropCondition')}>
            <ActionIcon variant="subtle" color="gray" size="lg" className={classes.drop} aria-label={t('selection.dropCondition')} onClick={() => onChange(conditions.filter((_, at) => at !== index))}>
              <IconTrash size={17} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
      <datalist id={paths}>{pathsFor(snap).map((path) => <option key={path} value={path} />)}</datalist>
      {conditions.length < MAX_CONDITIONS && (
        <div>
          <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange([...conditions, { path: '', test: 'is', value: '' }])}>{t('selection.addCondition')}</Button>
        </div>
      )}
    </fieldset>
  );
}

// What a claim of the provider gives: a row for each rule, claim and value on the left, place and role on the right.

import { ActionIcon, Button, Select, TextInput, Tooltip } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isProject, placeChoices, projectPlace } from '../agents/places';
import { organisationsQuery } from '../api/queries';
import type { MemberRole } from '../api/types';
import { EVERYWHERE, newRule, type ProviderFields } from './providerFields';
import { MAX_PROVIDER_RULES } from './rules';
import classes from './Settings.module.css';

const ROLES: MemberRole[] = ['member', 'viewer', 'admin'];

export function ClaimRules({ form }: { form: UseFormReturnType<ProviderFields> }) {
  const { t } = useTranslation();
  const organisations = useQuery(organisationsQuery).data?.items ?? [];
  const places = [
    { group: t('settings.sso.everywhere'), items: [{ value: EVERYWHERE, label: t('settings.sso.systemAdmin') }] },
    ...placeChoices(organisations, (name) => t('place.organisation', { name }), t),
  ];
  const { rules } = form.values;

  function choose(index: number, place: string | null) {
    form.setFieldValue(`rules.${index}.place`, place ?? '');
    const holder = organisations.find(({ projects }) => projects.some(({ id }) => projectPlace(id) === place));
    form.setFieldValue(`rules.${index}.organisation`, holder?.id ?? '');
    if (place && isProject(place) && rules[index]?.role === 'member') form.setFieldValue(`rules.${index}.role`, 'viewer');
  }

  return (
    <fieldset className={classes.rules}>
      <legend>{t('settings.sso.rules')}</legend>
      <p>{t('settings.sso.rulesNote')}</p>
      {rules.map((rule, index) => {
        const which = { number: index + 1 };
        return (
          <div key={rule.key} className={classes.ruleRow} role="group" aria-label={t('settings.sso.rule', which)}>
            <TextInput label={t('settings.sso.claim')} autoComplete="off" spellCheck={false} {...form.getInputProps(`rules.${index}.claim`)} />
            <TextInput label={t('settings.sso.value')} autoComplete="off" spellCheck={false} {...form.getInputProps(`rules.${index}.value`)} />
            <Select
              label={t('settings.sso.place')} placeholder={t('settings.sso.choosePlace')} searchable allowDeselect={false} checkIconPosition="right"
              data={places} {...form.getInputProps(`rules.${index}.place`)} onChange={(place) => choose(index, place)}
            />
            {rule.place === EVERYWHERE ? (
              <span />
            ) : (
              <Select
                label={t('settings.sso.role')} allowDeselect={false} checkIconPosition="right"
                data={ROLES.filter((role) => role !== 'member' || !isProject(rule.place)).map((value) => ({ value, label: t(`settings.sso.roles.${value}`) }))}
                {...form.getInputProps(`rules.${index}.role`)}
              />
            )}
            <Tooltip label={t('settings.sso.removeRule', which)}>
              <ActionIcon
                variant="subtle" color="gray" size="lg" aria-label={t('settings.sso.removeRule', which)}
                onClick={() => form.removeListItem('rules', index)}
              >
                <IconTrash size={17} stroke={1.7} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </div>
        );
      })}
      {rules.length < MAX_PROVIDER_RULES && (
        <Button
          variant="default" size="compact-md" leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => form.insertListItem('rules', newRule())}
        >
          {t('settings.sso.addRule')}
        </Button>
      )}
    </fieldset>
  );
}

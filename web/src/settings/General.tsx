import { Button, Select } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { IconListCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { setLanguage } from '../api/calls';
import type { Language, Settings } from '../api/types';
import { LANGUAGES } from '../i18n';
import { Card } from '../ui/Page';
import { SettingCard, useSettingForm } from './form';
import { RootAddressCard } from './RootAddress';
import classes from './Settings.module.css';

/** What everybody meets: the address, the language, the steps of the beginning. */
export function General({ settings }: { settings: Settings }) {
  return (
    <>
      <RootAddressCard address={settings.root_address} />
      <LanguageCard language={settings.language} />
      <GuideCard done={settings.guide_done} />
    </>
  );
}

function LanguageCard({ language }: { language: Language }) {
  const { t } = useTranslation();
  const setting = useSettingForm<{ language: Language }>({
    values: { language },
    validate: {},
    save: (values) => setLanguage(values.language),
  });
  return (
    <SettingCard title={t('settings.language.title')} setting={setting}>
      <Select
        label={t('settings.language.field')} description={t('settings.language.note')} allowDeselect={false} checkIconPosition="right"
        data={LANGUAGES.map(({ code, label }) => ({ value: code, label }))}
        key={setting.form.key('language')} {...setting.form.getInputProps('language')}
      />
    </SettingCard>
  );
}

function GuideCard({ done }: { done: boolean }) {
  const { t } = useTranslation();
  return (
    <Card title={t('settings.guide.title')}>
      <p className={classes.lead}>{done ? t('settings.guide.done') : t('settings.guide.open')}</p>
      <Button variant="default" leftSection={<IconListCheck size={16} aria-hidden />} renderRoot={(props) => <Link to="/welcome" {...props} />}>
        {t('settings.guide.show')}
      </Button>
    </Card>
  );
}

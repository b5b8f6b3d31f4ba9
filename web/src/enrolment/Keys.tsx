// The keys whose signatures an organisation believes: adding one by its assertion, taking one away.

import { ActionIcon, Button, Modal, Textarea, Tooltip } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addEnrolmentKey, removeEnrolmentKey } from '../api/calls';
import { useCan } from '../api/permissions';
import { enrolmentQuery } from '../api/queries';
import type { EnrolmentKey, EnrolmentSettings, Organisation } from '../api/types';
import peopleClasses from '../people/People.module.css';
import { Ago } from '../ui/Ago';
import { CommandLine, CopyIcon } from '../ui/Copy';
import { keepFocus } from '../ui/form';
import { Card } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Question } from '../ui/Question';
import questionClasses from '../ui/Question.module.css';
import classes from './Enrolment.module.css';

/** So much of a key's id is shown; the rest is copied. */
const SHOWN_CHARS = 20;

export function Keys({ organisation, settings }: { organisation: Organisation; settings: EnrolmentSettings }) {
  const { t } = useTranslation();
  const can = useCan();
  const queryClient = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [going, setGoing] = useState<EnrolmentKey>();
  const { id, name } = organisation;
  const automatic = settings.automatic_project_id !== null;
  const may = can('manage_enrolment', { organisation: id });
  // Where devices register themselves, a key decides who belongs here.
  const mayAdd = may && (!automatic || can('manage_automatic_enrolment', 'system'));
  const take = useMutation({
    mutationFn: (key: EnrolmentKey) => removeEnrolmentKey(id, key.id),
    onSuccess: async () => {
      setGoing(undefined);
      await queryClient.invalidateQueries({ queryKey: ['enrolment'] });
    },
  });
  return (
    <Card
      title={t('enrolment.keys')}
      aside={mayAdd && <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setAdding(true)}>{t('enrolment.addKey')}</Button>}
    >
      <p className={classes.lead}>{t('enrolment.keysLead')}</p>
      {settings.keys.length === 0 && <p className={classes.note}>{settings.allow_unverified ? t('enrolment.noKeysUnverified') : t('enrolment.noKeys')}</p>}
      {may && !mayAdd && <p className={classes.note}>{t('enrolment.addKeyAdmin')}</p>}
      <ul className={peopleClasses.rows}>
        {settings.keys.map((key) => (
          <li key={key.id}>
            <div className={peopleClasses.who}>
              <strong>{[key.account, key.name].filter(Boolean).join(' / ')}</strong>
              <span className={classes.key}><span className="ew-mono" title={key.id}>{key.id.slice(0, SHOWN_CHARS)}…</span><CopyIcon text={key.id} what={t('enrolment.keyId')} /></span>
            </div>
            <span className="ew-muted">{t('enrolment.addedAt')} <Ago at={key.added_at} /></span>
            {may && (
              <Tooltip label={t('enrolment.removeWhat', { name: key.name || key.account })}>
                <ActionIcon variant="subtle" color="gray" aria-label={t('enrolment.removeWhat', { name: key.name || key.account })} onClick={() => { take.reset(); setGoing(key); }}>
                  <IconTrash size={17} stroke={1.7} aria-hidden />
                </ActionIcon>
              </Tooltip>
            )}
          </li>
        ))}
      </ul>
      <AddKey organisation={id} opened={adding} onClose={() => setAdding(false)} />
      <Question
        opened={!!going} onClose={() => setGoing(undefined)} title={t('enrolment.removeTitle', { name: going?.name || going?.account || '', place: name })}
        goes={[t('enrolment.removeGoes'), ...(automatic ? [t('enrolment.removeGoesAutomatic')] : [])]} stays={[t('enrolment.removeStays')]}
        verb={t('enrolment.remove')} error={take.error} pending={take.isPending} onConfirm={() => going && take.mutate(going)}
      />
    </Card>
  );
}

function AddKey({ organisation, opened, onClose }: { organisation: string; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} size="lg" title={t('enrolment.addKey')} closeOnClickOutside={false}
      classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {opened && <AddForm organisation={organisation} onClose={onClose} />}
    </Modal>
  );
}

function AddForm({ organisation, onClose }: { organisation: string; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [assertion, setAssertion] = useState('');
  const [tried, setTried] = useState(false);
  const add = useMutation({
    mutationFn: () => addEnrolmentKey(organisation, assertion),
    onSuccess: (saved) => {
      queryClient.setQueryData(enrolmentQuery(organisation).queryKey, saved);
      onClose();
    },
  });

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (assertion.trim()) add.mutate();
  }

  return (
    <form className={classes.form} noValidate onSubmit={submit}>
      <p className={classes.note}>{t('enrolment.assertionHow')}</p>
      <CommandLine text="snap known --remote account-key public-key-sha3-384=…" />
      <Textarea
        data-autofocus label={t('enrolment.assertion')} description={t('enrolment.assertionNote')} rows={8} resize="vertical" spellCheck={false} autoComplete="off"
        className={classes.code} value={assertion} onChange={(event) => setAssertion(event.currentTarget.value)} error={tried && !assertion.trim() && t('rule.filled')}
      />
      <p className={classes.note}>{t('enrolment.assertionTrust')}</p>
      {add.isError && <Problem error={add.error} />}
      <div className={classes.buttonsEnd} {...keepFocus}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={add.isPending}>{t('enrolment.addKey')}</Button>
      </div>
    </form>
  );
}

// The question before something is taken away: what goes, what stays, and the name to type where it
// cannot be undone.

import { Button, Modal, TextInput } from '@mantine/core';
import { IconCircleCheck, IconCircleMinus } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from './Problem';
import classes from './Question.module.css';

interface QuestionProps {
  title: string;
  goes: string[];
  stays: string[];
  verb: string;
  /** Must be typed before it can be done: for what cannot be undone. */
  name?: string;
  /** Nothing is taken away by it. */
  calm?: boolean;
  /** More to say or to fill in, between the list and the buttons. */
  children?: React.ReactNode;
  error: unknown;
  pending: boolean;
  opened: boolean;
  onClose: () => void;
  onConfirm: () => void;
}

export function Question({ title, goes, stays, verb, name, calm = false, children, error, pending, opened, onClose, onConfirm }: QuestionProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  useEffect(() => setTyped(''), [opened]);
  const ready = name === undefined || typed.trim() === name.trim();

  function submit(event: React.FormEvent) {
    event.preventDefault();
    // A form that the question stands in is not to be sent with it.
    event.stopPropagation();
    if (ready && !pending) onConfirm();
  }

  return (
    <Modal
      opened={opened} onClose={onClose} title={title} classNames={{ title: classes.title }}
      closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      <form noValidate onSubmit={submit}>
        <ul className={classes.list}>
          {goes.map((each) => (
            <li key={each}><IconCircleMinus size={17} className={classes.goes} aria-hidden />{each}</li>
          ))}
          {stays.map((each) => (
            <li key={each}><IconCircleCheck size={17} className={classes.stays} aria-hidden />{each}</li>
          ))}
        </ul>
        {children}
        {name !== undefined && (
          <TextInput
            className={classes.name} data-autofocus autoComplete="off" label={t('dialog.typeName', { name })}
            value={typed} onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {!!error && <Problem error={error} />}
        <div className={classes.actions}>
          <Button variant="default" onClick={onClose} data-autofocus={name === undefined || undefined}>{t('dialog.cancel')}</Button>
          <Button type="submit" color={calm ? undefined : 'red'} loading={pending} disabled={!ready}>{verb}</Button>
        </div>
      </form>
    </Modal>
  );
}

// Asking one device or many for an action: what, about which snap, with what; what will be done on how many
// devices; then, for many, what becomes of it.

import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconCircleCheck, IconCircleMinus } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { askForAction } from '../api/calls';
import { MAX_DEVICES, type ActionToDo, type Asked } from '../api/types';
import type { ReportedSnap } from '../devices/reported';
import { keepFocus } from '../ui/form';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { ActionFields, USUAL_WAIT_S, WaitField } from './ActionFields';
import classes from './Actions.module.css';
import { AskResults } from './AskResults';
import type { AskedDevice } from './ask';
import { KINDS, NO_FIELDS, isDestroying, problemsOf, toDo, type AskFields } from './kinds';
import { actionDetail, actionText } from './words';

interface AskDialogProps {
  devices: AskedDevice[];
  /** What the dialog is called; else by what is asked. */
  title?: string;
  /** How many were chosen and may not be asked. */
  left?: number;
  /** What is given. Where the action is, it is not asked for. */
  preset?: Partial<AskFields>;
  /** Of the one device, where there is one. */
  snaps?: ReportedSnap[];
  /** What the form begins with, and can be changed. */
  initial?: Partial<AskFields>;
  /** The devices are asked, and the page shows what becomes of it; without this the dialog does. */
  onAsked?: (asked: Asked) => void;
  opened: boolean;
  /** Says whether they were asked. */
  onClose: (asked: boolean) => void;
}

export function AskDialog({ opened, onClose, onAsked, devices, title: called, ...rest }: AskDialogProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<{ action: ActionToDo; asked: Asked }>();
  const { preset } = rest;
  const [first] = devices;
  const title = asked
    ? actionText(t, asked.action)
    : called ?? (preset?.name
      ? actionText(t, { name: preset.name, snap: preset.snap })
      : devices.length === 1 && first ? t('ask.titleOne', { name: first.name }) : t('ask.title', { count: devices.length }));

  function close() {
    onClose(!!asked);
    setAsked(undefined);
  }

  return (
    <Modal
      opened={opened} onClose={close} size={asked ? 680 : 'lg'} title={title} classNames={{ title: questionClasses.title }}
      // What was typed does not go with a click beside it.
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {asked ? (
        <AskResults devices={devices} action={asked.action} asked={asked.asked} onClose={close} />
      ) : opened && (
        <Form
          {...rest} devices={devices} onCancel={close}
          onAsked={(action, answer) => {
            if (!onAsked) return setAsked({ action, asked: answer });
            onAsked(answer);
            onClose(true);
          }}
        />
      )}
    </Modal>
  );
}


interface FormProps extends Pick<AskDialogProps, 'devices' | 'left' | 'preset' | 'initial' | 'snaps'> {
  onCancel: () => void;
  onAsked: (action: ActionToDo, asked: Asked) => void;
}

function Form({ devices, left = 0, preset = {}, initial, snaps, onCancel, onAsked }: FormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [fields, setFields] = useState<AskFields>({ ...NO_FIELDS, ...initial, ...preset });
  const [wait, setWait] = useState<number>(USUAL_WAIT_S);
  const [tried, setTried] = useState(false);
  const [typed, setTyped] = useState('');
  const ask = useMutation({
    mutationFn: (action: ActionToDo) => askForAction({ device_ids: devices.map(({ id }) => id), action, expires_in_s: wait }),
    onSuccess: (answer, action) => {
      void queryClient.invalidateQueries({ queryKey: ['actions'] });
      onAsked(action, answer);
    },
  });
  const problems = problemsOf(fields);
  const ready = Object.keys(problems).length === 0;
  const kind = KINDS[fields.name];
  const destroys = isDestroying(fields.name) ? fields.name : undefined;
  const [only] = devices;
  const proof = fields.name === 'unregister' ? (devices.length === 1 ? only?.name ?? '' : String(devices.length)) : undefined;
  const proven = proof === undefined || typed.trim() === proof.trim();
  const offline = devices.filter(({ online }) => !online).length;
  const tooMany = devices.length > MAX_DEVICES;
  const action = ready ? toDo(fields) : { name: fields.name, ...(kind.about === 'device' ? {} : { snap: fields.snap.trim() }) };
  const detail = ready ? actionDetail(action) : '';

  function submit(event: React.FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    setTried(true);
    if (ready && proven && !tooMany) return ask.mutate(toDo(fields));
    // The fields say what is wrong once this is drawn; the first of them gets the focus.
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }

  return (
    <form ref={form} className={classes.form} noValidate onSubmit={submit}>
      <ActionFields
        fields={fields} onChange={(change) => setFields((before) => ({ ...before, ...change }))} problems={problems} tried={tried}
        fixed={Object.keys(preset) as (keyof AskFields)[]} snaps={snaps}
      />
      <WaitField seconds={wait} onChange={setWait} />
      {destroys && (
        <ul className={questionClasses.list}>
          <li><IconCircleMinus size={17} className={questionClasses.goes} aria-hidden />{t(`ask.goes.${destroys}`, { snap: fields.snap.trim() || '…' })}</li>
          <li><IconCircleCheck size={17} className={questionClasses.stays} aria-hidden />{t(`ask.stays.${destroys}`)}</li>
        </ul>
      )}
      {proof !== undefined && (
        <TextInput
          label={devices.length === 1 ? t('dialog.typeName', { name: proof }) : t('ask.typeNumber', { number: proof })} autoComplete="off"
          value={typed} onChange={(event) => setTyped(event.currentTarget.value)} error={tried && !proven ? t('ask.differs') : undefined}
        />
      )}
      <div className={classes.sum} role="status">
        <strong>{devices.length === 1 && only ? t('ask.onOne', { what: actionText(t, action), name: only.name }) : t('ask.onMany', { what: actionText(t, action), count: devices.length })}</strong>
        {detail && <span data-verbatim>{detail} </span>}
        {offline > 0 && <span>{devices.length === 1 ? t('ask.offlineOne') : t('ask.offline', { count: offline })} </span>}
        {left > 0 && <span className="ew-muted">{t('ask.left', { count: left })}</span>}
      </div>
      {tooMany && <p className={classes.message}>{t('ask.tooMany', { max: MAX_DEVICES })}</p>}
      {ask.isError && <Problem error={ask.error} />}
      <div className={classes.buttons} {...keepFocus}>
        <Button variant="default" onClick={onCancel} data-autofocus={(destroys && !!preset.name) || undefined}>{t('dialog.cancel')}</Button>
        <Button type="submit" color={destroys ? 'red' : undefined} loading={ask.isPending}>
          {devices.length === 1 ? t(`actions.name.${fields.name}`) : t('ask.verb', { count: devices.length })}
        </Button>
      </div>
    </form>
  );
}

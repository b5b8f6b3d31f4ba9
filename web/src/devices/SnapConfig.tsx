// A snap's configuration: as it was last reported, to be changed; only what differs is sent.

import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AskedDevice } from '../actions/ask';
import actionClasses from '../actions/Actions.module.css';
import { NO_FIELDS, problemsOf, toDo } from '../actions/kinds';
import { USUAL_WAIT_S, WaitField } from '../actions/ActionFields';
import { Difference } from '../audit/Difference';
import { askForAction } from '../api/calls';
import type { Asked, JsonObject } from '../api/types';
import { JsonField, useJsonProblem } from '../ui/JsonField';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { pretty, readJson } from '../ui/json';
import { configChange } from './patch';
import type { ReportedSnap } from './reported';

interface SnapConfigProps {
  device: AskedDevice;
  snap: ReportedSnap;
  opened: boolean;
  onClose: () => void;
  onAsked: (asked: Asked) => void;
}

export function SnapConfig({ snap, opened, onClose, ...rest }: SnapConfigProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} size={640} title={t('snap.configOf', { name: snap.name })} classNames={{ title: questionClasses.title }}
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {opened && <Form snap={snap} onClose={onClose} {...rest} />}
    </Modal>
  );
}

function Form({ device, snap, onClose, onAsked }: Omit<SnapConfigProps, 'opened'>) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  // As it was when the form was opened: what is reported meanwhile does not change what is typed.
  const [before] = useState<JsonObject>(snap.config ?? {});
  const [text, setText] = useState(() => pretty(before));
  const [wait, setWait] = useState<number>(USUAL_WAIT_S);
  const [tried, setTried] = useState(false);
  const ask = useMutation({
    mutationFn: (config: JsonObject) =>
      askForAction({ device_ids: [device.id], action: toDo({ ...NO_FIELDS, name: 'setconf', snap: snap.name, config: JSON.stringify(config) }), expires_in_s: wait }),
    onSuccess: (asked) => {
      void queryClient.invalidateQueries({ queryKey: ['actions'] });
      onAsked(asked);
      onClose();
    },
  });
  const broken = useJsonProblem()(text);
  const typed = broken ? undefined : readJson(text);
  const after = typed && 'value' in typed ? (typed.value as JsonObject) : undefined;
  const change = after && configChange(before, after);
  const large = change && problemsOf({ ...NO_FIELDS, name: 'setconf', snap: snap.name, config: JSON.stringify(change) }).config === 'large';

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (change && !large) ask.mutate(change);
  }

  return (
    <form className={actionClasses.form} noValidate onSubmit={submit}>
      <JsonField
        label={t('snap.config')} description={snap.config ? t('snap.configNote') : t('snap.configUnknown')} rows={12} autoFocus value={text} onChange={setText}
        error={large ? t('ask.wrong.large') : tried && !change ? t('snap.configSame') : undefined}
      />
      {change && (
        <section aria-label={t('snap.configSent')}>
          <p className="ew-muted">{t('snap.configSent')}</p>
          <Difference before={Object.fromEntries(Object.keys(change).filter((name) => name in before).map((name) => [name, before[name]]))} after={change} />
        </section>
      )}
      <WaitField seconds={wait} onChange={setWait} />
      <div className={actionClasses.sum} role="status">
        <strong>{t('ask.onOne', { what: t('actions.what.setconf', { snap: snap.name }), name: device.name })}</strong>
        {!device.online && t('ask.offlineOne')}
      </div>
      {ask.isError && <Problem error={ask.error} />}
      <div className={actionClasses.buttons}>
        <Button variant="default" onClick={onClose}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={ask.isPending}>{t('actions.name.setconf')}</Button>
      </div>
    </form>
  );
}

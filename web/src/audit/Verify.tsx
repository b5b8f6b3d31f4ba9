// Goes over the chain of the audit log, part by part, and says whether it is whole.

import { Button, Modal } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconShieldCheck } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { verifyAudit } from '../api/calls';
import type { Verification } from '../api/types';
import { Problem } from '../ui/Problem';
import classes from './Audit.module.css';

type Step = { at: 'running' | 'stopped'; last?: Verification } | { at: 'done'; last: Verification } | { at: 'failed'; last?: Verification; error: unknown };

export function Verify({ onShow }: { onShow: (number: number) => void }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [step, setStep] = useState<Step>({ at: 'running' });
  const turn = useRef(0);

  async function go(from?: Verification) {
    const mine = ++turn.current;
    let last = from;
    setOpened(true);
    setStep({ at: 'running', last });
    try {
      for (;;) {
        last = await verifyAudit(last);
        if (turn.current !== mine) return;
        const over = last.complete || !!last.broken;
        setStep({ at: over ? 'done' : 'running', last });
        if (over) return;
      }
    } catch (error) {
      if (turn.current === mine) setStep({ at: 'failed', last, error });
    }
  }

  function close() {
    turn.current += 1;
    setOpened(false);
  }

  function stop() {
    turn.current += 1;
    setStep((now) => ({ at: 'stopped', last: now.last }));
  }

  return (
    <>
      <Button variant="default" leftSection={<IconShieldCheck size={16} aria-hidden />} onClick={() => void go()}>{t('audit.verify')}</Button>
      <Modal
        opened={opened} onClose={close} title={t('audit.verifyTitle')} classNames={{ title: classes.drawerTitle }}
        closeButtonProps={{ 'aria-label': t('dialog.close') }}
      >
        <p className="ew-muted">{t('audit.verifyLead')}</p>
        <Outcome step={step} onShow={(number) => { close(); onShow(number); }} />
        <div className={classes.buttons}>
          {step.at === 'running' && <Button variant="default" onClick={stop} data-autofocus>{t('audit.stop')}</Button>}
          {(step.at === 'stopped' || step.at === 'failed') && <Button variant="default" onClick={() => void go(step.last)}>{t('audit.goOn')}</Button>}
          {step.at !== 'running' && <Button onClick={close}>{t('dialog.close')}</Button>}
        </div>
      </Modal>
    </>
  );
}

function Outcome({ step, onShow }: { step: Step; onShow: (number: number) => void }) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const { last } = step;
  const broken = last?.broken;
  return (
    <div role="status">
      {step.at !== 'done' && (
        <>
          <progress className={classes.progress} max={last?.total || 1} value={last ? last.verified_to : 0} aria-label={t('audit.verifyTitle')} />
          <p className={classes.sum}>
            {last ? t('audit.verified', { done: number(last.verified_to), total: number(last.total) }) : t('audit.verifying')}
          </p>
        </>
      )}
      {step.at === 'failed' && <Problem error={step.error} />}
      {step.at === 'done' && !broken && (
        <p className={classes.verdict} data-tone="good">
          <IconCircleCheck size={22} aria-hidden />{t('audit.intact', { count: last?.total ?? 0, number: number(last?.total ?? 0) })}
        </p>
      )}
      {broken && (
        <div className={classes.verdict} data-tone="bad">
          <IconAlertTriangle size={22} aria-hidden />
          <div>
            <strong>{t(`audit.broken.${broken.kind}`, { number: number(broken.number) })}</strong>
            <span>{broken.message}</span>
            {broken.kind !== 'missing' && (
              <Button variant="default" size="compact-sm" onClick={() => onShow(broken.number)}>{t('audit.showBroken')}</Button>
            )}
          </div>
        </div>
      )}
    </div>
  );
}

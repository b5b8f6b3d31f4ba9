// An operation on services: what happens to how many, and which are left out; then what came of it for each.

import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconCircleCheck, IconCircleMinus } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import batchClasses from '../agents/batch/Batch.module.css';
import { operateServices } from '../api/calls';
import { MAX_OPERATED_AT_ONCE, type Operated, type Operation, type Service } from '../api/types';
import { kindName } from '../services/kinds';
import { inParts } from '../services/parts';
import { keepFocus } from '../ui/form';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { OperateResults } from './OperateResults';
import { isUpgrade } from './fields';
import { isTaking, planOf, proofOf, usualTarget, type OperatePlan } from './operate';

/** Rows of the preview; the numbers above it count all. */
const PREVIEWED = 100;

interface OperateDialogProps {
  operation: Operation;
  services: Service[];
  mayManage: (service: Service) => boolean;
  opened: boolean;
  /** With what came of it, if anything was asked. */
  onClose: (answers: Operated[] | undefined) => void;
}

export function OperateDialog({ operation, services, mayManage, opened, onClose }: OperateDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const plan = planOf(operation, services, mayManage);
  const run = useMutation({
    mutationFn: (to: string | undefined) =>
      inParts(plan.services, MAX_OPERATED_AT_ONCE, async (part) => (await operateServices({ operation, services: part.map(({ id }) => id), ...(to ? { to } : {}) })).items),
    onSettled: () => Promise.all(['services', 'overview'].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });
  useEffect(() => {
    if (opened) run.reset();
  }, [opened, operation]);
  const close = () => !run.isPending && onClose(run.data);
  const [only] = services;
  const one = services.length === 1 && only;
  const title = one ? t(`operate.one.${wordOf(operation, one)}`, { name: one.name }) : t(`operate.many.${operation}`, { count: plan.services.length });
  return (
    <Modal
      opened={opened} onClose={close} size={680} classNames={{ title: questionClasses.title }} closeOnClickOutside={false}
      title={run.data && !one ? t(`operate.verbMany.${operation}`, { count: plan.services.length }) : title}
      closeButtonProps={{ 'aria-label': t('dialog.close'), disabled: run.isPending }}
    >
      {run.data ? (
        <OperateResults services={services} answers={run.data} onClose={close} />
      ) : (
        <Preview operation={operation} plan={plan} error={run.error} pending={run.isPending} onCancel={close} onStart={(to) => run.mutate(to)} />
      )}
    </Modal>
  );
}

interface PreviewProps {
  operation: Operation;
  plan: OperatePlan;
  error: unknown;
  pending: boolean;
  onCancel: () => void;
  onStart: (to: string | undefined) => void;
}

function Preview({ operation, plan, error, pending, onCancel, onStart }: PreviewProps) {
  const { t } = useTranslation();
  const { services, hosted, left } = plan;
  const [to, setTo] = useState(() => (operation === 'upgrade' ? usualTarget(hosted) : ''));
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const target = useRef<HTMLInputElement>(null);
  const proving = useRef<HTMLInputElement>(null);
  const upgrades = operation === 'upgrade';
  const goal = to.trim();
  const targetProblem = !upgrades ? undefined : !goal ? t('rule.filled') : isUpgrade(goal) ? undefined : t('host.wrong.image');
  const proof = proofOf(operation, plan);
  const proven = proof === undefined || typed.trim() === proof.trim();
  const offline = hosted.filter(({ presence }) => presence === 'offline').length;
  const others = services.length - hosted.length;
  const kinds = upgrades ? [...new Set(hosted.map(({ kind }) => kindName(kind)))] : [];

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (targetProblem) target.current?.focus();
    else if (!proven) proving.current?.focus();
    else if (services.length > 0 && !pending) onStart(goal || undefined);
  }

  const of = { count: services.length };
  const goes = {
    start: [],
    stop: [t('operate.goes.stop', of)],
    restart: [t('operate.goes.restart', of)],
    upgrade: [t('operate.goes.restart', of)],
    delete: [...(hosted.length > 0 ? [t('operate.goes.destroy', { count: hosted.length })] : []), ...(others > 0 ? [t('operate.goes.forget', { count: others })] : [])],
    release: [t('operate.goes.release', of)],
  }[operation];
  const stays = {
    start: [t('operate.stays.data', of)],
    stop: [t('operate.stays.data', of)],
    restart: [t('operate.stays.data', of), ...(others > 0 ? [t('operate.stays.ownApi', { count: others })] : [])],
    upgrade: [t('operate.stays.upgrade', of)],
    delete: [...(others > 0 ? [t('operate.stays.forget', { count: others })] : []), ...(hosted.length > 0 ? [t('operate.stays.destroy')] : [])],
    release: [t('operate.stays.release', of)],
  }[operation];
  return (
    <form noValidate onSubmit={submit}>
      {upgrades && services.length > 0 && (
        <TextInput
          ref={target} data-autofocus label={t('operate.to')} description={t('operate.toNote')} autoComplete="off" autoCapitalize="off" spellCheck={false} classNames={{ input: 'ew-mono' }}
          value={to} onChange={(event) => setTo(event.currentTarget.value)} error={tried ? targetProblem : undefined}
        />
      )}
      {services.length > 0 && (
        <ul className={`${questionClasses.list} ${batchClasses.what}`}>
          {kinds.length > 1 && <li><IconCircleMinus size={17} className={questionClasses.goes} aria-hidden />{t('operate.goes.kinds', { kinds: kinds.join(t('list.comma')) })}</li>}
          {goes.map((each) => <li key={each}><IconCircleMinus size={17} className={questionClasses.goes} aria-hidden />{each}</li>)}
          {stays.map((each) => <li key={each}><IconCircleCheck size={17} className={questionClasses.stays} aria-hidden />{each}</li>)}
        </ul>
      )}
      {(services.length + left.length > 1 || left.length > 0) && (
        <>
          <div role="status" className={batchClasses.counts}>
            <strong>{t(`operate.count.${operation}`, { count: services.length })}</strong>
            {left.length > 0 && <span>{t('operate.left', { count: left.length })}</span>}
          </div>
          <PreviewTable operation={operation} plan={plan} to={goal} />
        </>
      )}
      {offline > 0 && <p className={batchClasses.counts}>{t('operate.offline', { count: offline })}</p>}
      {proof !== undefined && (
        <TextInput
          ref={proving} className={batchClasses.typed} label={services.length === 1 ? t('dialog.typeName', { name: proof }) : t('operate.typeNumber', { number: proof })} autoComplete="off"
          value={typed} onChange={(event) => setTyped(event.currentTarget.value)} error={tried && !proven ? t('operate.differs') : undefined}
        />
      )}
      {!!error && <Problem error={error} />}
      <div className={questionClasses.actions} {...keepFocus}>
        <Button variant="default" disabled={pending} onClick={onCancel} data-autofocus={!upgrades || undefined}>{t('dialog.cancel')}</Button>
        <Button type="submit" color={isTaking(operation) ? 'red' : undefined} loading={pending} disabled={services.length === 0}>
          {services.length === 1 ? t(`operate.verb.${wordOf(operation, services[0])}`) : t(`operate.verbMany.${operation}`, { count: services.length })}
        </Button>
      </div>
    </form>
  );
}

/** One that an agent has made is not only deleted here. */
const wordOf = (operation: Operation, service: Service | undefined) => (operation === 'delete' && service?.way === 'hosted' ? 'destroy' : operation);

/** What changes for each, and who stays as it is. */
function PreviewTable({ operation, plan: { services, left }, to }: { operation: Operation; plan: OperatePlan; to: string }) {
  const { t } = useTranslation();
  const change = (service: Service) => {
    const { way, hosted, agent_name, address } = service;
    switch (operation) {
      case 'upgrade':
        return `${hosted?.present ?? '–'} → ${to || '…'}`;
      case 'delete':
        return way === 'hosted' ? t('operate.row.destroyed', { name: agent_name }) : t('operate.row.forgotten', { address });
      case 'release':
        return t('operate.row.released', { name: agent_name });
      default:
        return way === 'hosted' ? t('operate.row.agent', { name: agent_name }) : t('operate.row.ownApi');
    }
  };
  const rows = [...services.map((service) => ({ service, text: change(service), stays: false })), ...left.map(({ service, why }) => ({ service, text: t(`operate.why.${why}`), stays: true }))];
  return (
    <div className={batchClasses.scroll} tabIndex={0} role="region" aria-label={t('batch.preview')}>
      <table className={batchClasses.table}>
        <thead><tr><th scope="col">{t('noun.service')}</th><th scope="col">{t('batch.change')}</th></tr></thead>
        <tbody>
          {rows.slice(0, PREVIEWED).map(({ service, text, stays }) => (
            <tr key={service.id} data-left={stays || undefined}>
              <td>{service.name}{!stays && service.presence === 'offline' && <span className="ew-muted"> · {t('hosted.away')}</span>}</td>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > PREVIEWED && <p className={batchClasses.more}>{t('batch.more', { count: rows.length - PREVIEWED })}</p>}
    </div>
  );
}

// One thing with many agents: choose where to, see what changes and for whom, do it, read what became of each.

import { Button, Modal, Select, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconCircleCheck, IconCircleMinus } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { organisationsQuery, sessionQuery } from '../../api/queries';
import type { Agent } from '../../api/types';
import confirmClasses from '../../ui/Question.module.css';
import type { AgentAct } from '../may';
import { placesWhere, projectChoices, projectName } from '../places';
import { agentName, waitsIn } from '../words';
import classes from './Batch.module.css';
import { Results } from './Results';
import { adoptionNames, plan, renew, run, type Plan, type Result } from './run';

/** Rows of the preview; the numbers above it count all. */
const PREVIEWED = 100;

interface BatchDialogProps {
  act: AgentAct;
  agents: Agent[];
  opened: boolean;
  /** Says whether anything was done. */
  onClose: (done: boolean) => void;
}

type Phase = { at: 'preview' } | { at: 'running' | 'done'; total: number; results: Result[] };

export function BatchDialog({ act, agents, opened, onClose }: BatchDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery).data;
  const all = useQuery({ ...organisationsQuery, enabled: opened }).data?.items ?? [];
  const organisations = placesWhere(all, session, 'manage_agents');
  const [phase, setPhase] = useState<Phase>({ at: 'preview' });
  const [target, setTarget] = useState<string | null>(null);
  const made = plan(session, act, agents, target);
  const count = phase.at === 'preview' ? made.agents.length : phase.total;
  const organisation = organisations.find(({ projects }) => projects.some(({ id }) => id === target));

  async function start(chosen: Agent[]) {
    setPhase({ at: 'running', total: chosen.length, results: [] });
    await run({
      act,
      agents: chosen,
      target: organisation && target ? { organisation, project: target } : undefined,
      onResult: (results) => setPhase((now) => (now.at === 'preview' ? now : { ...now, results: [...now.results, ...results] })),
    });
    setPhase((now) => (now.at === 'preview' ? now : { ...now, at: 'done' }));
    renew(queryClient);
  }

  const close = () => phase.at !== 'running' && onClose(phase.at === 'done');
  return (
    <Modal
      opened={opened}
      onClose={close}
      size={680}
      title={agents.length === 1 && agents[0] ? t(`batch.one.${act}`, { name: agentName(agents[0]) }) : t(`batch.title.${act}`, { count })}
      classNames={{ title: confirmClasses.title }}
      closeButtonProps={{ 'aria-label': t('dialog.close'), disabled: phase.at === 'running' }}
    >
      {phase.at === 'preview' ? (
        <Preview
          act={act} plan={made} target={target} onTarget={setTarget} choices={projectChoices(organisations)}
          where={target ? projectName(all, target) : ''} onCancel={close} onStart={() => void start(made.agents)}
        />
      ) : (
        <Results
          act={act} total={phase.total} results={phase.results} running={phase.at === 'running'}
          onAgain={(failed) => void start(failed)} onClose={close}
        />
      )}
    </Modal>
  );
}

interface PreviewProps {
  act: AgentAct;
  plan: Plan;
  target: string | null;
  onTarget: (id: string | null) => void;
  choices: { group: string; items: { value: string; label: string }[] }[];
  /** What the target is called. */
  where: string;
  onCancel: () => void;
  onStart: () => void;
}

function Preview({ act, plan: { agents, left }, target, onTarget, choices, where, onCancel, onStart }: PreviewProps) {
  const { t } = useTranslation();
  const needsTarget = act === 'adopt' || act === 'transfer';
  const destructive = act === 'release' || act === 'delete';
  const count = String(agents.length);
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const choice = useRef<HTMLInputElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const targetMissing = needsTarget && !target;
  const typedWrong = act === 'delete' && typed.trim() !== count;
  const offline = agents.filter(({ presence }) => presence === 'offline').length;

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (targetMissing) choice.current?.focus();
    else if (typedWrong) field.current?.focus();
    else onStart();
  }

  return (
    <form noValidate onSubmit={submit}>
      {needsTarget && (
        <Select
          ref={choice} data-autofocus label={t('batch.target')} description={t('batch.targetNote')} placeholder={t('batch.choose')} searchable
          nothingFoundMessage={t('batch.noProjects')} allowDeselect={false} checkIconPosition="right" data={choices} value={target} onChange={onTarget}
          error={tried && targetMissing ? t('rule.filled') : undefined}
        />
      )}
      <ul className={`${confirmClasses.list} ${classes.what}`}>
        {destructive && (
          <>
            <li><IconCircleMinus size={17} className={confirmClasses.goes} aria-hidden />{t(`batch.goes.${act}`)}</li>
            <li><IconCircleCheck size={17} className={confirmClasses.stays} aria-hidden />{t(`batch.stays.${act}`)}</li>
          </>
        )}
        {act === 'transfer' && <li><IconCircleCheck size={17} className={confirmClasses.stays} aria-hidden />{t('batch.transferStays')}</li>}
      </ul>
      <div role="status" className={classes.counts}>
        <strong>{t(`batch.count.${act}`, { count: agents.length })}</strong>
        {offline > 0 && <span>{act === 'delete' ? t('batch.offlineDelete', { count: offline }) : t('batch.offline', { count: offline })}</span>}
        {left.length > 0 && <span>{t('batch.left', { count: left.length })}</span>}
      </div>
      <PreviewTable act={act} agents={agents} left={left} where={where} />
      {act === 'delete' && agents.length > 0 && (
        <TextInput
          ref={field} className={classes.typed} label={t('batch.typeNumber', { number: count })} inputMode="numeric" autoComplete="off"
          value={typed} onChange={(event) => setTyped(event.currentTarget.value)} error={tried && typedWrong ? t('confirm.differs') : undefined}
        />
      )}
      <div className={confirmClasses.actions}>
        <Button variant="default" onClick={onCancel} data-autofocus={!needsTarget || undefined}>{t('dialog.cancel')}</Button>
        <Button type="submit" color={destructive ? 'red' : undefined} disabled={agents.length === 0}>
          {t(`batch.verb.${act}`, { count: agents.length })}
        </Button>
      </div>
    </form>
  );
}

/** For whom what changes, and who stays as they are. */
function PreviewTable({ act, agents, left, where }: Pick<PreviewProps, 'act' | 'where'> & Plan) {
  const { t } = useTranslation();
  const names = act === 'adopt' ? adoptionNames(agents) : undefined;
  const change = (agent: Agent) => {
    const now = agent.membership ? `${agent.membership.organisation_name} / ${agent.membership.project_name}` : t('management.unmanaged');
    switch (act) {
      case 'adopt':
        return t('batch.asNameIn', { name: names?.get(agent.id), where: where || '…' });
      case 'transfer':
        return `${now} → ${where || '…'}`;
      case 'release':
        return `${now} → ${t('management.unmanaged')}`;
      case 'delete':
        return waitsIn(t, agent);
    }
  };
  const rows = [...agents.map((agent) => ({ agent, text: change(agent), stays: false })), ...left.map(({ agent, why }) => ({ agent, text: t(`batch.why.${why}`), stays: true }))];
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={t('batch.preview')}>
      <table className={classes.table}>
        <thead><tr><th scope="col">{t('noun.agent')}</th><th scope="col">{t('batch.change')}</th></tr></thead>
        <tbody>
          {rows.slice(0, PREVIEWED).map(({ agent, text, stays }) => (
            <tr key={agent.id} data-left={stays || undefined}>
              <td>{agentName(agent)}{agent.presence === 'offline' && <span className="ew-muted"> · {t('presence.offline')}</span>}</td>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > PREVIEWED && <p className={classes.more}>{t('batch.more', { count: rows.length - PREVIEWED })}</p>}
    </div>
  );
}

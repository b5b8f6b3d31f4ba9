// On which devices: the agents of a project that may host services, ticked; beside those that cannot, why not.

import { Button, Checkbox, TextInput } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MAX_HOSTED, type HostingAgent } from '../api/types';
import chooseClasses from '../deliveries/Deliver.module.css';
import classes from '../people/People.module.css';
import { Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { PresenceMark } from '../ui/State';
import hostingClasses from './Hosting.module.css';
import { hindranceOf } from './agents';

/** So many are shown; the rest is found by typing. */
const SHOWN = 100;

/** Fewer than so many need no search. */
const SEARCHED = 6;

interface ChooseAgentsProps {
  project: string | null;
  hosting: UseQueryResult<HostingAgent[]>;
  from: 'image' | 'snap';
  chosen: string[];
  onChange: (chosen: string[]) => void;
  error: string | undefined;
}

export function ChooseAgents({ project, hosting, ...rest }: ChooseAgentsProps) {
  const { t } = useTranslation();
  return (
    <fieldset className={classes.choices}>
      <legend>{t('host.agents')}</legend>
      {!project ? <p className={classes.note}>{t('host.projectFirst')}</p>
        : hosting.isError ? <Problem error={hosting.error} retry={() => void hosting.refetch()} />
        : !hosting.data ? <Waiting rows={2} height={40} />
        : hosting.data.length === 0 ? <p className={classes.note}>{t('host.noAgents')}</p>
        : <Ticked agents={hosting.data} {...rest} />}
      {rest.error && <p className={chooseClasses.bad} role="alert">{rest.error}</p>}
    </fieldset>
  );
}

function Ticked({ agents, from, chosen, onChange, error }: Omit<ChooseAgentsProps, 'project' | 'hosting'> & { agents: HostingAgent[] }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const ticked = new Set(chosen);
  const wanted = text.trim().toLowerCase();
  const matching = agents.filter(({ agent_name }) => agent_name.toLowerCase().includes(wanted));
  const able = matching.filter((agent) => !hindranceOf(agent, from));
  const firstAble = able[0]?.agent_id;
  const change = (ids: string[], on: boolean) => {
    const next = new Set(ticked);
    for (const id of ids) if (on) next.add(id); else next.delete(id);
    // In the order of the list, whatever was ticked first.
    onChange(agents.flatMap(({ agent_id }) => (next.has(agent_id) ? [agent_id] : [])));
  };
  return (
    <>
      {agents.length >= SEARCHED && <TextInput label={t('host.search')} autoComplete="off" value={text} onChange={(event) => setText(event.currentTarget.value)} />}
      <div className={chooseClasses.between}>
        <strong role="status">{t('list.chosen', { count: chosen.length })}</strong>
        <span className={chooseClasses.buttons}>
          {able.some(({ agent_id }) => !ticked.has(agent_id)) && (
            <Button variant="default" size="compact-sm" onClick={() => change(able.map(({ agent_id }) => agent_id), true)}>{t('host.tickAll', { count: able.length })}</Button>
          )}
          {chosen.length > 0 && <Button variant="subtle" color="gray" size="compact-sm" onClick={() => onChange([])}>{t('list.unchoose')}</Button>}
        </span>
      </div>
      <div className={chooseClasses.scroll} role="region" aria-label={t('host.agents')} tabIndex={0}>
        {matching.length === 0 && <p className={chooseClasses.nothing}>{t('host.noneMatches')}</p>}
        <ul className={`${chooseClasses.services} ${hostingClasses.agents}`}>
          {matching.slice(0, SHOWN).map((agent) => {
            const { agent_id, agent_name, online } = agent;
            const hindrance = hindranceOf(agent, from);
            return (
              <li key={agent_id}>
                <Checkbox
                  label={agent_name} checked={ticked.has(agent_id)} disabled={!!hindrance} aria-invalid={(error && agent_id === firstAble) || undefined}
                  aria-describedby={`about-${agent_id}`} onChange={(event) => change([agent_id], event.currentTarget.checked)}
                />
                <PresenceMark presence={online ? 'online' : 'offline'} />
                <span id={`about-${agent_id}`} className={classes.note}><About agent={agent} from={from} /></span>
              </li>
            );
          })}
        </ul>
        {matching.length > SHOWN && <p className={chooseClasses.nothing}>{t('host.moreAgents', { count: matching.length - SHOWN })}</p>}
      </div>
    </>
  );
}

/** What runs services there and how many; or why it cannot. */
function About({ agent, from }: { agent: HostingAgent; from: 'image' | 'snap' }) {
  const { t } = useTranslation();
  const hindrance = hindranceOf(agent, from);
  if (hindrance === 'noEngine' && agent.problem) return <>{t('host.why.problem', { problem: agent.problem })}</>;
  if (hindrance) return <>{t(`host.why.${hindrance}`, { max: MAX_HOSTED })}</>;
  const hosts = t('host.hosts', { count: agent.services });
  const what = from === 'image' ? `${agent.engine} · ${hosts}` : hosts;
  return <>{agent.online ? what : `${what} · ${t('host.later')}`}</>;
}

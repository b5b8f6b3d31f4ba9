// Making a join token, then the two lines for the device, then the device as it arrives.

import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconPlus } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAgentAct } from '../agents/AgentDialogs';
import { agentName } from '../agents/words';
import { organisationPlace, placeChoices, placeIds, placesWhere, projectPlace } from '../agents/places';
import { createJoinToken } from '../api/calls';
import { can, useCan } from '../api/permissions';
import { agentsQuery, joinTokensQuery, organisationsQuery, overviewQuery, sessionQuery } from '../api/queries';
import type { Agent, AgentFilter, JoinTokenRequest, NewJoinToken, Overview } from '../api/types';
import { Ago } from '../ui/Ago';
import { useScope } from '../ui/scope';
import { CommandLine } from '../ui/Copy';
import { keepFocus } from '../ui/form';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { PresenceMark } from '../ui/State';
import classes from './Join.module.css';

const MAX_USES = 10_000;
const USUAL_AGENT_PORT = 8883;
/** Whoever joins is among the newest. */
const NEWEST: AgentFilter = { sort: 'created', direction: 'descending', limit: 1000 };
const HOUR_S = 3_600;
const LIFETIMES = [
  { seconds: HOUR_S, key: 'hour' },
  { seconds: 24 * HOUR_S, key: 'day' },
  { seconds: 7 * 24 * HOUR_S, key: 'week' },
  { seconds: 30 * 24 * HOUR_S, key: 'month' },
] as const;

export function NewToken() {
  const { make, before } = useNewToken();
  if (make.data && before) return <Made token={make.data} before={before} onAgain={() => make.reset()} />;
  return <Form error={make.error} pending={make.isPending} onSubmit={(request) => make.mutate(request)} />;
}

/** Making a token, and who was there before it: whoever is not has joined since. */
export function useNewToken() {
  const queryClient = useQueryClient();
  const [before, setBefore] = useState<Set<string>>();
  const make = useMutation({
    mutationFn: async (request: JoinTokenRequest) => {
      const present = await queryClient.fetchQuery({ ...agentsQuery(NEWEST), staleTime: 0 });
      setBefore(new Set(present.items.map(({ id }) => id)));
      return createJoinToken(request);
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: joinTokensQuery.queryKey }),
  });
  return { make, before };
}

interface MadeProps {
  token: NewJoinToken;
  before: Set<string>;
  onAgain: () => void;
}

interface FormProps {
  error: unknown;
  pending: boolean;
  onSubmit: (request: JoinTokenRequest) => void;
}

function Form({ error, pending, onSubmit }: FormProps) {
  const { t, i18n } = useTranslation();
  const { organisation, project } = useScope();
  const session = useQuery(sessionQuery).data;
  const organisations = placesWhere(useQuery(organisationsQuery).data?.items ?? [], session, 'manage_join_tokens');
  const everywhere = can(session, 'manage_join_tokens', 'system');
  const [uses, setUses] = useState('1');
  const [lifetime, setLifetime] = useState(24 * HOUR_S);
  const [chosen, setChosen] = useState<string | null>();
  const [left, setLeft] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const choice = useRef<HTMLInputElement>(null);
  // What the switcher says; else whoever may let devices wait for themselves does so, and everybody else has a first place.
  const places = placeChoices(organisations, () => t('join.waitIn'), t);
  const values = places.flatMap(({ items }) => items.map(({ value }) => value));
  const wanted = project ? projectPlace(project) : organisation ? organisationPlace(organisation) : undefined;
  const first = organisations[0]?.projects[0];
  const usual = values.find((value) => value === wanted) ?? (everywhere ? null : first ? projectPlace(first.id) : (values[0] ?? null));
  const place = chosen === undefined ? usual : chosen;
  const placeOk = everywhere || !!place;
  const count = /^\d+$/.test(uses.trim()) ? Number(uses) : 0;
  const usesOk = count >= 1 && count <= MAX_USES;
  const rule = t('join.usesRule', { max: new Intl.NumberFormat(i18n.language).format(MAX_USES) });

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setLeft(true);
    if (!usesOk) field.current?.focus();
    else if (!placeOk) choice.current?.focus();
    else onSubmit({ uses: count, expires_in_s: lifetime, ...placeIds(place) });
  }

  return (
    <Card title={t('join.makeTitle')}>
      <form className={classes.form} noValidate onSubmit={submit}>
        {!!error && <div className={classes.whole}><Problem error={error} /></div>}
        <TextInput
          ref={field} inputMode="numeric" autoComplete="off"
          label={t('join.uses')} description={rule} value={uses}
          onChange={(event) => setUses(event.currentTarget.value)} onBlur={() => setLeft(true)}
          error={left && !usesOk ? rule : undefined}
        />
        <Select
          label={t('join.lifetime')} description={t('join.lifetimeNote')} allowDeselect={false} checkIconPosition="right"
          value={String(lifetime)} onChange={(value) => setLifetime(Number(value))}
          data={LIFETIMES.map(({ seconds, key }) => ({ value: String(seconds), label: t(`join.lifetimes.${key}`) }))}
        />
        <Select
          ref={choice} className={classes.whole}
          label={t('join.place')} description={everywhere ? t('join.placeNote') : t('join.placeNoteNeeded')} checkIconPosition="right"
          clearable={everywhere} allowDeselect={everywhere} clearButtonProps={{ 'aria-label': t('join.noPlace') }}
          placeholder={everywhere ? t('join.noPlace') : undefined} value={place} onChange={setChosen} searchable={values.length > 12}
          nothingFoundMessage={t('join.noPlaces')} data={places}
          error={left && !placeOk ? t('join.placeNoteNeeded') : undefined}
        />
        <div className={classes.whole}>
          <Button type="submit" loading={pending} {...keepFocus} leftSection={<IconPlus size={16} aria-hidden />}>{t('join.make')}</Button>
        </div>
      </form>
      <NoToken />
    </Card>
  );
}

/** The other way in, for those who wonder. */
function NoToken() {
  const { t } = useTranslation();
  const overview = useQuery(overviewQuery).data;
  return (
    <details className={classes.details}>
      <summary>{t('join.withoutTitle')}</summary>
      <p>{t('join.withoutBody')}</p>
      {overview && (
        <CommandLine
          text={`edgeward-agent enrol --server ${agentPort(overview)} --ca-fingerprint ${overview.ca_fingerprint.replace(/^sha256:/, '')}`}
        />
      )}
    </details>
  );
}

/** Where devices enrol. An address that only says "everywhere" is told by this page's own host; a broker of the operator's is elsewhere. */
function agentPort({ agent_service: { kind, address } }: Overview): string {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (kind !== 'embedded' || !host || !port) return `${window.location.hostname}:${USUAL_AGENT_PORT}`;
  return host === '0.0.0.0' || host === '[::]' ? `${window.location.hostname}:${port}` : address;
}

/** The lines for the device, and the device as it arrives. */
export function Made({ token, before, onAgain }: MadeProps) {
  const { t } = useTranslation();
  return (
    <Card
      title={t('join.madeTitle')}
      aside={<Button variant="default" size="compact-sm" onClick={onAgain}>{t('join.another')}</Button>}
    >
      <MadeSteps token={token} before={before} />
    </Card>
  );
}

/** The same without a card of its own. */
export function MadeSteps({ token, before }: Omit<MadeProps, 'onAgain'>) {
  const { t } = useTranslation();
  const agents = useQuery(agentsQuery(NEWEST));
  const arrived = (agents.data?.items ?? []).filter(({ id }) => !before.has(id));
  return (
    <ol className={classes.steps}>
      <li>
        <h3>{t('join.step1')}</h3>
        <CommandLine text={token.command} />
        <p>{t('join.once', { count: token.uses_left })} <Ago at={token.expires_at} future /></p>
      </li>
      <li>
        <h3>{t('join.step2')}</h3>
        <CommandLine text="edgeward-agent run" />
      </li>
      <li>
        <h3>{t('join.step3')}</h3>
        <div role="status">
          {arrived.length === 0 ? <p className={classes.listening}>{t('join.listening')}</p> : (
            <ul className={classes.arrived}>{arrived.map((agent) => <Arrived key={agent.id} agent={agent} />)}</ul>
          )}
        </div>
        {agents.isPending && <Waiting rows={1} />}
      </li>
    </ol>
  );
}

function Arrived({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const mayAdopt = useCan()('manage_agents');
  const ask = useAgentAct();
  return (
    <li>
      <Link to="/agents/$id" params={{ id: agent.id }} className="ew-link">{agentName(agent)}</Link>
      <PresenceMark presence={agent.presence} />
      {agent.management === 'unmanaged' && mayAdopt && (
        <Button size="compact-sm" onClick={() => ask('adopt', agent)} aria-label={t('adopt.what', { name: agentName(agent) })}>
          {t('adopt.short')}
        </Button>
      )}
    </li>
  );
}

// One rollout: how far it is and why, its waves, its devices, and what can become of it.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { actionDetail, actionText } from '../actions/words';
import { EVERYWHERE, useAuditLink } from '../audit/link';
import type { RolloutChange } from '../api/calls';
import { ApiError } from '../api/client';
import { useCan } from '../api/permissions';
import { rolloutQuery, sessionQuery } from '../api/queries';
import type { Rollout } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { scopeName } from '../ui/scope';
import { TagList } from '../ui/TagList';
import { ChangeQuestion } from './ChangeQuestion';
import { RolloutDevices } from './RolloutDevices';
import { RolloutMark } from './RolloutMarks';
import classes from './Rollouts.module.css';
import { Progress, Waves } from './Waves';
import { reasonText } from './said';
import { changesFor } from './state';
import { conditionText, durationText } from './words';

const route = getRouteApi('/frame/rollouts/$id');

export function RolloutPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const rollout = useQuery(rolloutQuery(id));

  if (rollout.error instanceof ApiError && rollout.error.status === 404) return <NotFound />;
  if (!rollout.data) {
    return (
      <Page title={t('rollout.one')} above={<Link to="/rollouts">{t('nav.rollouts')}</Link>}>
        {rollout.isError ? <Problem error={rollout.error} retry={() => void rollout.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return <Shown key={id} rollout={rollout.data} />;
}

function Shown({ rollout }: { rollout: Rollout }) {
  const { t } = useTranslation();
  const can = useCan();
  const [change, setChange] = useState<RolloutChange>();
  const { name, state, reason, action, counts, organisation_id: organisation, project_id: project } = rollout;
  const may = project ? can('operate_devices', { project, organisation }) : can('edit_organisation', { organisation });
  // There is nothing to undo where nothing was done or is being done.
  const changes = may ? changesFor(state).filter((each) => each !== 'undo' || counts.done + counts.under_way > 0) : [];
  const what = [actionText(t, action), actionDetail(action)].filter(Boolean).join(' · ');
  return (
    <Page
      title={name} above={<Link to="/rollouts">{t('nav.rollouts')}</Link>} beside={<RolloutMark state={state} />} lead={what}
      actions={changes.map((each) => (
        <Button key={each} variant={each === 'resume' ? 'filled' : 'default'} onClick={() => setChange(each)}>{t(`change.${each}.verb`)}…</Button>
      ))}
    >
      {reason && <p className={classes.reason} role="status" data-state={state}>{reasonText(t, reason)}</p>}
      <Progress course={rollout} of="rollout" />
      <Waves course={rollout} of="rollout" />
      <RolloutDevices rollout={rollout} />
      <About rollout={rollout} />
      <ChangeQuestion rollout={rollout} change={change} onClose={() => setChange(undefined)} />
    </Page>
  );
}

function About({ rollout }: { rollout: Rollout }) {
  const { t, i18n } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const { id, selection, plan, organisation_id: organisation, project_id } = rollout;
  const audit = useAuditLink({ organisation, project: project_id ?? undefined });
  const project = project_id ?? undefined;
  const place = scopeName(session, { organisation, project }) ?? (project ?? organisation).slice(0, 8);
  const items: [string, React.ReactNode][] = [[t('rollout.place'), project ? place : t('people.whole', { name: place })]];
  if (selection.tags?.length) items.push([t('selection.tags'), <TagList key="t" tags={selection.tags} label={t('selection.tags')} />]);
  if (selection.model) items.push([t('registration.model'), selection.model]);
  if (selection.conditions?.length) items.push([t('selection.conditions'), <span key="c" data-verbatim>{selection.conditions.map((each) => <span key={JSON.stringify(each)} className={classes.sentence}>{conditionText(t, each)}</span>)}</span>]);
  items.push(
    [t('plan.waves'), plan.waves?.length ? t('plan.wavesThenRest', { sizes: plan.waves.join(t('list.comma')) }) : t('plan.allAtOnce')],
    [t('plan.failures'), plan.failure_limit ?? '0'],
    [t('plan.watch'), plan.watch_s ? durationText(plan.watch_s, i18n.language) : t('plan.noWatch')],
    [t('plan.awayDevices'), plan.wait_for_away ? t('plan.waits') : t('plan.holdsUpNobody')],
    [t('plan.laterDevices'), plan.include_later ? t('plan.included') : t('plan.leftOut')],
    [t('ask.wait'), durationText(plan.expires_in_s ?? 24 * 3600, i18n.language)],
    [t('actions.askedBy'), rollout.created_by],
    [t('rollout.since'), <Ago key="a" at={rollout.created_at} />],
    [t('noun.id'), <CopyText key="i" text={id} what={t('noun.id')} />],
  );
  return (
    <Card title={t('rollout.about')} aside={audit && <Link to="/audit" search={{ object: id, ...EVERYWHERE }} className="ew-link">{t('audit.ofThis')}</Link>}>
      <Facts items={items} />
    </Card>
  );
}

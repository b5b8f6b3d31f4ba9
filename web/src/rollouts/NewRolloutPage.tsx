// A new rollout: which devices, what is done on each, in which waves; then what that would do, and only then its start.

import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MAX_NAME_CHARS, nameProblem } from '../access/rules';
import { ActionFields } from '../actions/ActionFields';
import { problemsOf } from '../actions/kinds';
import { organisationPlace, projectPlace } from '../agents/places';
import { previewRollout } from '../api/calls';
import { useCan } from '../api/permissions';
import { sessionQuery } from '../api/queries';
import { MAX_CONDITIONS, MAX_TAGS, MAX_WAVES, type RolloutPreview, type RolloutRequest } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { keepFocus } from '../ui/form';
import { Card, Page } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { scopeName } from '../ui/scope';
import { PlanFields } from './PlanFields';
import { Preview } from './Preview';
import classes from './Rollouts.module.css';
import { SelectionFields } from './SelectionFields';
import { StartQuestion } from './StartQuestion';
import { NO_ROLLOUT, isComplete, rolloutProblems, rolloutRequest, type RolloutFields } from './form';

const route = getRouteApi('/frame/rollouts/new');

/** What a preview is of: all but the name. */
const keyOf = ({ name: _, ...rest }: RolloutRequest) => JSON.stringify(rest);

export function NewRolloutPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { organisation, project } = route.useSearch();
  const session = useQuery(sessionQuery).data;
  const may = useCan();
  const form = useRef<HTMLFormElement>(null);
  const shown = useRef<HTMLElement>(null);
  const [fields, setFields] = useState<RolloutFields>(() => ({
    ...NO_ROLLOUT, place: firstPlace(organisation, project, (place) => may(place.project ? 'operate_devices' : 'edit_organisation', place as { organisation: string })),
  }));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState(false);
  const [starting, setStarting] = useState<{ request: RolloutRequest; preview: RolloutPreview }>();
  const look = useMutation({ mutationFn: (request: RolloutRequest) => previewRollout(request) });
  useEffect(() => {
    void shown.current?.scrollIntoView({ block: 'start' });
  }, [look.data]);
  const problems = rolloutProblems(fields);
  const named = nameProblem(t, fields.name);
  const request = isComplete(fields) ? rolloutRequest(fields) : undefined;
  const current = !!request && !!look.data && !!look.variables && keyOf(look.variables) === keyOf(request);

  const change = (by: Partial<RolloutFields>) => setFields((before) => ({ ...before, ...by }));
  const of = (field: string) => {
    const problem = problems[field];
    const said = problem && (tried || left.has(field));
    return {
      error: said ? (problem === 'filled' ? t('rule.filled') : t(`rollout.wrong.${problem}`, { tags: MAX_TAGS, waves: MAX_WAVES, conditions: MAX_CONDITIONS })) : undefined,
      onBlur: () => setLeft((before) => new Set(before).add(field)),
    };
  };

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (request && !named) {
      if (current && look.data) setStarting({ request, preview: look.data });
      else look.mutate(request);
      return;
    }
    // The fields say what is wrong once this is drawn; the first of them gets the focus.
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }

  if (session && !may('operate_devices')) return <NotFound />;
  return (
    <Page title={t('rollouts.make')} above={<Link to="/rollouts">{t('nav.rollouts')}</Link>} lead={t('rollouts.makeLead')}>
      <form ref={form} className={classes.form} noValidate onSubmit={submit}>
        <div className={classes.columns}>
          <div className={classes.column}>
            <Card title={t('rollout.which')}>
              <div className={classes.fields}>
                <TextInput
                  label={t('noun.name')} description={t('rule.name', { max: MAX_NAME_CHARS })} autoComplete="off" value={fields.name} onChange={(event) => change({ name: event.currentTarget.value })}
                  error={(tried || left.has('name')) && named} onBlur={() => setLeft((before) => new Set(before).add('name'))}
                />
                <SelectionFields fields={fields} onChange={change} of={of} />
                {problems.conditions && <p className={classes.bad}>{t('rollout.wrong.manyConditions', { conditions: MAX_CONDITIONS })}</p>}
              </div>
            </Card>
          </div>
          <div className={classes.column}>
            <Card title={t('rollout.what')}>
              <div className={classes.fields}>
                <ActionFields fields={fields.action} onChange={(by) => setFields((before) => ({ ...before, action: { ...before.action, ...by } }))} problems={problemsOf(fields.action)} tried={tried} fixed={[]} />
              </div>
            </Card>
            <Card title={t('rollout.how')}>
              <div className={classes.fields}><PlanFields fields={fields} onChange={change} of={of} /></div>
            </Card>
          </div>
        </div>
        {look.data && (
          <section ref={shown} className={classes.shown} data-faded={!current || undefined} aria-label={t('preview.title')}>
            <Card title={t('preview.title')} aside={!current && <span className={classes.warn} role="status">{t('preview.stale')}</span>}>
              <Preview preview={look.data} includesLater={fields.includeLater} />
            </Card>
          </section>
        )}
        {look.isError && <Problem error={look.error} />}
        <div className={classes.buttons} {...keepFocus}>
          <Button variant="default" renderRoot={(props) => <Link to="/rollouts" {...props} />}>{t('dialog.cancel')}</Button>
          {current && <Button variant="default" loading={look.isPending} onClick={() => request && look.mutate(request)}>{t('preview.again')}</Button>}
          <Button type="submit" loading={look.isPending && !current} disabled={current && look.data?.total === 0 && !fields.includeLater}>{current ? `${t('rollouts.start')}…` : t('preview.look')}</Button>
        </div>
      </form>
      <StartQuestion
        asked={starting} place={scopeName(session, { organisation: starting?.request.selection.organisation_id, project: starting?.request.selection.project_id }) ?? ''}
        onClose={() => setStarting(undefined)} onStarted={({ id }) => void navigate({ to: '/rollouts/$id', params: { id } })}
      />
    </Page>
  );
}

/** The place in the address, where one may roll out. */
function firstPlace(organisation: string | undefined, project: string | undefined, may: (place: { project?: string; organisation?: string }) => boolean): string | null {
  if (project) return may({ project, organisation }) ? projectPlace(project) : null;
  return organisation && may({ organisation }) ? organisationPlace(organisation) : null;
}

// A new delivery of a template: to which services, with which values, in which waves; then what that would change, and only then its beginning.

import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MAX_NAME_CHARS, nameFrom, nameProblem } from '../access/rules';
import { previewDelivery } from '../api/calls';
import { ApiError } from '../api/client';
import { useCan } from '../api/permissions';
import { templateQuery, templateVersionQuery } from '../api/queries';
import { MAX_VALUE_CHARS, MAX_WAVES, type DeliveryPreview as PreviewAnswer, type DeliveryRequest, type Extent, type Template } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { Pace } from '../rollouts/PlanFields';
import rolloutClasses from '../rollouts/Rollouts.module.css';
import { kindName } from '../services/kinds';
import { servicesOfKindQuery } from '../templates/services';
import { keepFocus } from '../ui/form';
import { Card, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { BeginQuestion } from './BeginQuestion';
import { ChooseServices } from './ChooseServices';
import { DeliveryPreview } from './DeliveryPreview';
import { ValuesTable } from './ValuesTable';
import { NO_DELIVERY, deliverProblems, deliveryRequest, refusedRows, valueProblems, type DeliverFields } from './form';

const route = getRouteApi('/frame/templates/$id/deliver');

/** What a preview is of: all but the name. */
const keyOf = ({ name: _, ...rest }: DeliveryRequest) => JSON.stringify(rest);

export function DeliverPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const template = useQuery(templateQuery(id));
  const may = useCan();
  if (template.error instanceof ApiError && template.error.status === 404) return <NotFound />;
  if (!template.data) {
    return (
      <Page title={t('deliver.verb')} above={<Link to="/templates">{t('nav.templates')}</Link>}>
        {template.isError ? <Problem error={template.error} retry={() => void template.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  const { project_id: project, organisation_id: organisation } = template.data;
  return may('manage_services', { project, organisation }) ? <Form key={id} template={template.data} /> : <NotFound />;
}

function Form({ template }: { template: Template }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id, name, kind, newest, project_id } = template;
  const wanted = route.useSearch().version;
  const form = useRef<HTMLFormElement>(null);
  const shown = useRef<HTMLElement>(null);
  const [fields, setFields] = useState<DeliverFields>(() => {
    const version = wanted !== undefined && wanted <= newest ? wanted : newest;
    return { ...NO_DELIVERY, name: nameFrom(`${name} ${version}`), version };
  });
  const [tried, setTried] = useState(false);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [beginning, setBeginning] = useState<{ request: DeliveryRequest; preview: PreviewAnswer; extent: Extent }>();
  const version = useQuery(templateVersionQuery(id, fields.version));
  const services = useQuery(servicesOfKindQuery(project_id, kind));
  const look = useMutation({ mutationFn: (request: DeliveryRequest) => previewDelivery(request) });
  useEffect(() => {
    void shown.current?.scrollIntoView({ block: 'start' });
  }, [look.data]);

  const placeholders = version.data?.placeholders ?? [];
  const problems = deliverProblems(fields);
  const values = valueProblems(fields, placeholders);
  const named = nameProblem(t, fields.name);
  const complete = !!version.data && Object.keys(problems).length === 0 && Object.keys(values).length === 0;
  const request = complete ? deliveryRequest(fields, id, placeholders) : undefined;
  const current = !!request && !!look.data && !!look.variables && keyOf(look.variables) === keyOf(request);
  const refused = look.error instanceof ApiError && request && look.variables && keyOf(look.variables) === keyOf(request) ? refusedRows(look.error.message, services.data ?? []) : {};
  const rows = Object.fromEntries([
    ...Object.entries(refused).map(([row, text]) => [row, { text, names: placeholders.filter((each) => text.includes(`value of ${each} `)) }] as const),
    ...(tried ? Object.entries(values).map(([row, { missing, long }]) => [row, {
      text: [
        ...(missing.length > 0 ? [t('deliver.missing', { names: missing.join(t('list.comma')) })] : []),
        ...(long.length > 0 ? [t('deliver.long', { names: long.join(t('list.comma')), max: MAX_VALUE_CHARS })] : []),
      ].join(' '),
      names: [...missing, ...long],
    }] as const) : []),
  ]);

  const change = (by: Partial<DeliverFields>) => setFields((before) => ({ ...before, ...by }));
  const errorOf = (field: keyof typeof problems) => {
    const problem = problems[field];
    if (!problem || !(tried || left.has(field))) return undefined;
    if (problem === 'filled') return t('rule.filled');
    return problem === 'chosen' ? t('deliver.chooseOne') : t(`rollout.wrong.${problem}`, { waves: MAX_WAVES });
  };
  const leave = (field: string) => () => setLeft((before) => new Set(before).add(field));

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (request && !named) {
      if (current && look.data) setBeginning({ request, preview: look.data, extent: version.data?.extent ?? 'part' });
      else look.mutate(request);
      return;
    }
    // The fields say what is wrong once this is drawn; the first of them gets the focus.
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }

  return (
    <Page title={t('deliver.title', { name })} above={<Link to="/templates/$id" params={{ id }}>{name}</Link>} lead={t('deliver.lead')}>
      <form ref={form} className={rolloutClasses.form} noValidate onSubmit={submit}>
        <Card title={t('deliver.what')}>
          <div className={rolloutClasses.pair}>
            <TextInput
              label={t('noun.name')} description={t('rule.name', { max: MAX_NAME_CHARS })} autoComplete="off" value={fields.name} onChange={(event) => change({ name: event.currentTarget.value })}
              error={(tried || left.has('name')) && named} onBlur={leave('name')}
            />
            <NativeSelect
              label={t('noun.version')} description={version.data ? t(`deliver.extent.${version.data.extent}`) : '…'} value={String(fields.version)} onChange={(event) => change({ version: Number(event.currentTarget.value) })}
              data={Array.from({ length: newest }, (_, index) => newest - index).map((number) => ({ value: String(number), label: t('template.version', { version: number }) }))}
            />
          </div>
        </Card>
        <Card title={t('deliver.to')}>
          {services.isError && <Problem error={services.error} retry={() => void services.refetch()} />}
          {services.isPending && <Waiting rows={3} />}
          {services.data?.length === 0 && <p className={rolloutClasses.note}>{t('deliver.noServices', { kind: kindName(kind) })}</p>}
          {services.data && services.data.length > 0 && <ChooseServices services={services.data} fields={fields} onChange={change} errors={{ chosen: errorOf('chosen'), tag: errorOf('tag') }} />}
        </Card>
        <Card title={t('deliver.values')}>
          {version.isError && <Problem error={version.error} retry={() => void version.refetch()} />}
          {version.isPending && <Waiting rows={2} />}
          {version.data && (placeholders.length > 0
            ? <ValuesTable placeholders={placeholders} services={services.data ?? []} fields={fields} onChange={change} problems={rows} />
            : <p className={rolloutClasses.note}>{t('template.noPlaceholders')}</p>)}
        </Card>
        <Card title={t('rollout.how')}>
          <div className={rolloutClasses.pair}>
            <Pace
              fields={fields} onChange={change} watchNote={t('deliver.watchNote')}
              of={(field) => ({ error: field === 'waves' || field === 'failures' ? errorOf(field) : undefined, onBlur: leave(field) })}
            />
          </div>
        </Card>
        {look.data && (
          <section ref={shown} className={rolloutClasses.shown} data-faded={!current || undefined} aria-label={t('preview.title')}>
            <Card title={t('preview.title')} aside={!current && <span className={rolloutClasses.warn} role="status">{t('preview.stale')}</span>}>
              <DeliveryPreview preview={look.data} />
            </Card>
          </section>
        )}
        {look.isError && <Problem error={look.error} />}
        <div className={rolloutClasses.buttons} {...keepFocus}>
          <Button variant="default" renderRoot={(props) => <Link to="/templates/$id" params={{ id }} {...props} />}>{t('dialog.cancel')}</Button>
          {current && <Button variant="default" loading={look.isPending} onClick={() => request && look.mutate(request)}>{t('preview.again')}</Button>}
          <Button type="submit" loading={look.isPending && !current}>{current ? `${t('deliver.begin')}…` : t('preview.look')}</Button>
        </div>
      </form>
      <BeginQuestion asked={beginning} kind={kind} onClose={() => setBeginning(undefined)} onBegun={(made) => void navigate({ to: '/deliveries/$id', params: { id: made.id } })} />
    </Page>
  );
}

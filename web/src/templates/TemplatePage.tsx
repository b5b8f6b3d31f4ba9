// One template: its versions, the text of one of them, and what can be done with it.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EVERYWHERE, useAuditLink } from '../audit/link';
import { ApiError } from '../api/client';
import { useCan } from '../api/permissions';
import { sessionQuery, templateQuery, templateVersionQuery, templateVersionsQuery } from '../api/queries';
import type { Template, TemplateVersion } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { kindName } from '../services/kinds';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { JsonText } from '../ui/JsonTree';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { scopeName } from '../ui/scope';
import { TagList } from '../ui/TagList';
import { DeleteQuestion } from './DeleteQuestion';
import classes from './Templates.module.css';
import { VersionDrawer } from './VersionDrawer';

const route = getRouteApi('/frame/templates/$id');

export function TemplatePage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const template = useQuery(templateQuery(id));
  if (template.error instanceof ApiError && template.error.status === 404) return <NotFound />;
  if (!template.data) {
    return (
      <Page title={t('template.one')} above={<Link to="/templates">{t('nav.templates')}</Link>}>
        {template.isError ? <Problem error={template.error} retry={() => void template.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return <Shown key={id} template={template.data} />;
}

function Shown({ template }: { template: Template }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const can = useCan();
  const { id, name, kind, description, newest, organisation_id: organisation, project_id: project } = template;
  const wanted = route.useSearch().version ?? newest;
  const shown = useQuery(templateVersionQuery(id, wanted));
  const [asking, ask] = useState<'version' | 'delete'>();
  const may = can('manage_services', { project, organisation });
  const close = () => ask(undefined);
  return (
    <Page
      title={name} above={<Link to="/templates">{t('nav.templates')}</Link>} lead={[kindName(kind), description].filter(Boolean).join(' · ')}
      actions={may && (
        <>
          <Button variant="default" onClick={() => ask('delete')}>{t('templateDelete.verb')}…</Button>
          <Button variant="default" disabled={!shown.data} onClick={() => ask('version')}>{t('templateForm.newVersion')}…</Button>
          <Button renderRoot={(props) => <Link to="/templates/$id/deliver" params={{ id }} search={{ version: wanted === newest ? undefined : wanted }} {...props} />}>{t('deliver.verb')}</Button>
        </>
      )}
    >
      <Versions template={template} shown={wanted} />
      <Card title={t('template.textOf', { version: wanted })} aside={shown.data && <span className="ew-muted">{t(`template.extent.${shown.data.extent}`)}</span>}>
        {shown.data ? <Text version={shown.data} /> : shown.isError ? <Problem error={shown.error} retry={() => void shown.refetch()} /> : <Waiting rows={3} />}
      </Card>
      <About template={template} />
      {may && shown.data && (
        <VersionDrawer
          key={shown.data.number} template={template} from={shown.data} opened={asking === 'version'} onClose={close}
          onMade={() => {
            close();
            void navigate({ to: '.', search: {}, resetScroll: false });
          }}
        />
      )}
      {may && <DeleteQuestion template={template} opened={asking === 'delete'} onClose={close} />}
    </Page>
  );
}

interface VersionsProps {
  template: Template;
  shown: number;
}

/** So many are listed at first. */
const LISTED = 10;

function Versions({ template: { id, newest }, shown }: VersionsProps) {
  const { t } = useTranslation();
  const versions = useQuery(templateVersionsQuery(id));
  const [all, setAll] = useState(false);
  const items = versions.data ?? [];
  return (
    <Card title={t('template.versions')} aside={<span className="ew-muted">{t('template.count', { count: newest })}</span>}>
      {versions.isError && <Problem error={versions.error} retry={() => void versions.refetch()} />}
      {!versions.data && !versions.isError && <Waiting rows={2} height={36} />}
      <ol className={classes.versions}>
        {items.slice(0, all ? undefined : LISTED).map(({ number, extent, note, created_at, created_by }) => (
          <li key={number} data-shown={number === shown || undefined}>
            <Link to="/templates/$id" params={{ id }} search={{ version: number === newest ? undefined : number }} resetScroll={false} className="ew-link">{t('template.version', { version: number })}</Link>
            <span className="ew-muted">{t(`template.extent.${extent}`)}</span>
            <span className={classes.note} data-verbatim>{note || <span className="ew-muted">–</span>}</span>
            <span className={classes.made}>{created_by}, <Ago at={created_at} /></span>
          </li>
        ))}
      </ol>
      {!all && items.length > LISTED && <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>{t('template.showAll', { count: items.length })}</Button>}
    </Card>
  );
}

function Text({ version: { text = '', placeholders = [] } }: { version: TemplateVersion }) {
  const { t } = useTranslation();
  return (
    <div className={classes.text}>
      <div className={classes.found}>
        {placeholders.length > 0 ? <>{t('template.placeholders')} <TagList tags={placeholders} label={t('template.placeholders')} small /></> : <span className="ew-muted">{t('template.noPlaceholders')}</span>}
      </div>
      <div><JsonText value={text} what={t('templateForm.text')} /></div>
    </div>
  );
}

function About({ template: { id, kind, organisation_id: organisation, project_id: project, created_at, created_by, changed_at } }: { template: Template }) {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const audit = useAuditLink({ organisation, project });
  return (
    <Card title={t('template.about')} aside={audit && <Link to="/audit" search={{ object: id, ...EVERYWHERE }} className="ew-link">{t('audit.ofThis')}</Link>}>
      <Facts
        items={[
          [t('noun.kind'), kindName(kind)],
          [t('noun.project'), scopeName(session, { organisation, project }) ?? project.slice(0, 8)],
          [t('templates.by'), created_by],
          [t('noun.made'), <Ago key="m" at={created_at} />],
          [t('templates.changed'), <Ago key="c" at={changed_at} />],
          [t('noun.id'), <CopyText key="i" text={id} what={t('noun.id')} />],
        ]}
      />
    </Card>
  );
}

import { ActionIcon, Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import { useCan } from '../api/permissions';
import { organisationQuery } from '../api/queries';
import type { Organisation } from '../api/types';
import { EnrolmentTab } from '../enrolment/EnrolmentTab';
import { RequiredSnapsTab } from '../enrolment/RequiredSnapsTab';
import { NotFound } from '../frame/Trouble';
import classes from '../people/People.module.css';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Tabs } from '../ui/Tabs';
import { DeletePlace } from './DeletePlace';
import { Members } from './Members';
import { PlaceDialog } from './PlaceDialog';

const route = getRouteApi('/frame/organisations/$id');

export function OrganisationPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const organisation = useQuery(organisationQuery(id));

  if (organisation.error instanceof ApiError && organisation.error.status === 404) return <NotFound />;
  if (!organisation.data) {
    return (
      <Page title={t('noun.organisation')}>
        {organisation.isError ? <Problem error={organisation.error} retry={() => void organisation.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return <Shown key={id} organisation={organisation.data} />;
}

function Shown({ organisation }: { organisation: Organisation }) {
  const { t } = useTranslation();
  const can = useCan();
  const { id, name, description } = organisation;
  const here = { organisation: id };
  const { tab = 'overview' } = route.useSearch();
  const [open, setOpen] = useState<'edit' | 'delete' | 'project'>();
  const close = () => setOpen(undefined);
  return (
    <Page
      title={name} lead={description || undefined} above={<Link to="/organisations">{t('nav.organisations')}</Link>}
      actions={
        <>
          <Button variant="default" renderRoot={(props) => <Link to="/agents" search={{ organisation: id }} {...props} />}>{t('places.showAgents')}</Button>
          {can('edit_organisation', here) && <Button onClick={() => setOpen('edit')}>{t('people.edit')}</Button>}
          {can('delete_organisation', here) && (
            <Menu position="bottom-end" width={220}>
              <Menu.Target>
                <ActionIcon variant="default" size={36} aria-label={t('people.moreFor', { name })}><IconDots size={18} aria-hidden /></ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item color="red" onClick={() => setOpen('delete')}>{t('places.organisations.delete')}…</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </>
      }
    >
      {can('look_at_members', here) && (
        <Tabs
          label={t('organisation.parts')} active={tab}
          tabs={[
            { key: 'overview', label: t('organisation.overview') },
            { key: 'enrolment', label: t('enrolment.tab') },
            { key: 'snaps', label: t('requiredSnaps.tab') },
          ]}
        />
      )}
      {tab === 'enrolment' && <EnrolmentTab organisation={organisation} />}
      {tab === 'snaps' && <RequiredSnapsTab organisation={organisation} />}
      {tab === 'overview' && (
        <>
          <Card
            title={t('organisations.projects')}
            aside={can('create_project', here) && (
              <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setOpen('project')}>{t('places.projects.make')}</Button>
            )}
          >
            {organisation.projects.length === 0 && <p className={classes.note}>{t('organisations.noProjectsBody')}</p>}
            <ul className={classes.rows}>
              {organisation.projects.map((project) => (
                <li key={project.id}>
                  <div className={classes.who}>
                    <Link to="/projects/$id" params={{ id: project.id }} className="ew-link">{project.name}</Link>
                    {project.description && <span>{project.description}</span>}
                  </div>
                  <Link to="/agents" search={{ organisation: id, project: project.id }} className="ew-link" aria-label={t('places.agentsOf', { name: project.name })}>{t('nav.agents')}</Link>
                  <Link to="/services" search={{ organisation: id, project: project.id }} className="ew-link" aria-label={t('places.servicesOf', { name: project.name })}>{t('nav.services')}</Link>
                </li>
              ))}
            </ul>
          </Card>
          {can('look_at_members', here) && <Members kind="organisations" id={id} name={name} may={can('manage_organisation_members', here)} />}
          <Card title={t('agent.facts')}>
            <Facts items={[[t('noun.made'), <Ago key="c" at={organisation.created_at} />], [t('noun.id'), <CopyText key="i" text={id} what={t('noun.id')} />]]} />
          </Card>
        </>
      )}
      <PlaceDialog kind="organisations" place={organisation} opened={open === 'edit'} onClose={close} />
      <PlaceDialog kind="projects" organisation={id} opened={open === 'project'} onClose={close} />
      <DeletePlace kind="organisations" place={organisation} opened={open === 'delete'} onClose={close} />
    </Page>
  );
}

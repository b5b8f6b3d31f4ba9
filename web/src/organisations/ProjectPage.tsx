import { ActionIcon, Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import { useCan } from '../api/permissions';
import { projectQuery, sessionQuery } from '../api/queries';
import type { Project } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { scopeName } from '../ui/scope';
import { DeletePlace } from './DeletePlace';
import { Members } from './Members';
import { PlaceDialog } from './PlaceDialog';

const route = getRouteApi('/frame/projects/$id');

export function ProjectPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const project = useQuery(projectQuery(id));

  if (project.error instanceof ApiError && project.error.status === 404) return <NotFound />;
  if (!project.data) {
    return (
      <Page title={t('noun.project')}>
        {project.isError ? <Problem error={project.error} retry={() => void project.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return <Shown key={id} project={project.data} />;
}

function Shown({ project }: { project: Project }) {
  const { t } = useTranslation();
  const can = useCan();
  const session = useQuery(sessionQuery).data;
  const { id, organisation_id: organisation, name, description } = project;
  const here = { project: id, organisation };
  const owner = scopeName(session, { organisation }) ?? t('noun.organisation');
  const [open, setOpen] = useState<'edit' | 'delete'>();
  const close = () => setOpen(undefined);
  return (
    <Page
      title={name} lead={description || undefined}
      above={<><Link to="/organisations">{t('nav.organisations')}</Link> / <Link to="/organisations/$id" params={{ id: organisation }}>{owner}</Link></>}
      actions={
        <>
          <Button variant="default" renderRoot={(props) => <Link to="/agents" search={{ organisation, project: id }} {...props} />}>{t('places.showAgents')}</Button>
          {can('edit_project', here) && <Button onClick={() => setOpen('edit')}>{t('people.edit')}</Button>}
          {can('delete_project', here) && (
            <Menu position="bottom-end" width={220}>
              <Menu.Target>
                <ActionIcon variant="default" size={36} aria-label={t('people.moreFor', { name })}><IconDots size={18} aria-hidden /></ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item color="red" onClick={() => setOpen('delete')}>{t('places.projects.delete')}…</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </>
      }
    >
      {can('manage_project_members', here) && <Members kind="projects" id={id} name={name} may />}
      <Card title={t('agent.facts')}>
        <Facts
          items={[
            [t('noun.organisation'), <Link key="o" to="/organisations/$id" params={{ id: organisation }} className="ew-link">{owner}</Link>],
            [t('noun.made'), <Ago key="c" at={project.created_at} />],
            [t('noun.id'), <CopyText key="i" text={id} what={t('noun.id')} />],
          ]}
        />
      </Card>
      <PlaceDialog kind="projects" place={project} opened={open === 'edit'} onClose={close} />
      <DeletePlace kind="projects" place={project} opened={open === 'delete'} onClose={close} />
    </Page>
  );
}

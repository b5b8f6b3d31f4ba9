// Adopting: name, organisation, project, done. It ends on what was made, with "Open" in focus.

import { Button, Drawer, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconCircleCheckFilled } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { nameFrom, nameProblem } from '../access/rules';
import { can } from '../api/permissions';
import { agentQuery, organisationsQuery, sessionQuery } from '../api/queries';
import { focusFirst, keepFocus } from '../ui/form';
import { Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { PresenceMark } from '../ui/State';
import { useScope, type Scope } from '../ui/scope';
import type { Agent, Organisation, Session } from '../api/types';
import { OpenButton } from '../services/OpenButton';
import classes from './AdoptDrawer.module.css';
import { NEW, adopt, type AdoptFields } from './adopt';
import { placesWhere } from './places';
import { agentName } from './words';

interface DrawerProps {
  agent: Agent;
  opened: boolean;
  onClose: () => void;
}

export function AdoptDrawer({ agent, opened, onClose }: DrawerProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery).data;
  const organisations = useQuery({ ...organisationsQuery, enabled: opened });
  const mine = placesWhere(organisations.data?.items ?? [], session, 'manage_agents').filter(
    ({ id, projects }) => projects.length > 0 || can(session, 'create_project', { organisation: id }),
  );
  const adoption = useMutation({
    mutationFn: (fields: AdoptFields) => adopt(queryClient, agent.id, fields),
    onSuccess: (adopted) => {
      queryClient.setQueryData(agentQuery(agent.id).queryKey, adopted);
      for (const key of ['agents', 'services', 'overview']) void queryClient.invalidateQueries({ queryKey: [key] });
    },
  });
  const adopted = adoption.data;

  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={460}
      title={adopted ? t('adopt.doneTitle') : t('adopt.title', { name: agentName(agent) })}
      classNames={{ title: classes.title }}
      closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {adopted ? (
        <Done agent={adopted} onClose={onClose} />
      ) : (
        <>
          <div className={classes.device}>
            <div className={classes.host}>
              <strong>{agent.hostname}</strong>
              <PresenceMark presence={agent.presence} />
            </div>
            <span>{[agent.description, agent.address].filter(Boolean).join(' · ')}</span>
            <span>{agent.offers.length > 0 ? t('adopt.offers', { names: agent.offers.map(({ name }) => name).join(', ') }) : t('adopt.noOffers')}</span>
          </div>
          {organisations.isPending && <Waiting rows={3} height={60} />}
          {organisations.isError && <Problem error={organisations.error} retry={() => void organisations.refetch()} />}
          {organisations.isSuccess && mine.length === 0 && !can(session, 'create_organisation', 'system') && (
            <p className="ew-muted">{t('adopt.nowhere')}</p>
          )}
          {organisations.isSuccess && (mine.length > 0 || can(session, 'create_organisation', 'system')) && (
            <Form
              agent={agent}
              session={session}
              organisations={mine}
              error={adoption.error}
              pending={adoption.isPending}
              onSubmit={(fields) => adoption.mutate(fields)}
            />
          )}
        </>
      )}
    </Drawer>
  );
}

interface FormProps {
  agent: Agent;
  session: Session | null | undefined;
  /** Those, with those of their projects, in which one may adopt. */
  organisations: Organisation[];
  error: unknown;
  pending: boolean;
  onSubmit: (fields: AdoptFields) => void;
}

function Form({ agent, session, organisations, error, pending, onSubmit }: FormProps) {
  const { t } = useTranslation();
  const scope = useScope();
  const first = startOf(organisations, agent, scope);
  const maySetUp = (id: string) => can(session, 'create_project', { organisation: id });
  const form = useForm<AdoptFields>({
    initialValues: {
      name: nameFrom(agent.hostname),
      organisation: first?.id ?? NEW,
      project: first?.projects[0]?.id ?? NEW,
      newOrganisation: '',
      newProject: '',
    },
    validateInputOnBlur: true,
    validate: {
      name: (value) => nameProblem(t, value),
      newOrganisation: (value, all) => (all.organisation === NEW ? nameProblem(t, value) : null),
      newProject: (value, all) => (all.project === NEW ? nameProblem(t, value) : null),
    },
  });
  const { organisation, project, newOrganisation, newProject } = form.values;
  const projects = organisations.find(({ id }) => id === organisation)?.projects ?? [];

  // What was made inline before a later step failed is chosen now, so that a second try makes it no second time.
  useEffect(() => {
    const made = organisation === NEW && newOrganisation.trim() && organisations.find(({ name }) => name === newOrganisation.trim());
    if (made) form.setFieldValue('organisation', made.id);
    const inside = (made || organisations.find(({ id }) => id === organisation))?.projects.find(({ name }) => name === newProject.trim());
    if (project === NEW && inside) form.setFieldValue('project', inside.id);
  }, [organisations]);

  function chooseOrganisation(id: string | null) {
    const chosen = organisations.find((each) => each.id === id);
    form.setFieldValue('organisation', id ?? NEW);
    form.setFieldValue('project', chosen?.projects[0]?.id ?? NEW);
  }

  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={form.onSubmit(onSubmit, focusFirst(form))}
    >
      {!!error && <Problem error={error} />}
      <TextInput
        data-autofocus label={t('noun.name')} description={t('rule.name', { max: 50 })}
        key={form.key('name')} {...form.getInputProps('name')}
      />
      <Select
        label={t('noun.organisation')} allowDeselect={false} checkIconPosition="right" value={organisation} onChange={chooseOrganisation}
        data={[
          ...organisations.map(({ id, name }) => ({ value: id, label: name })),
          ...(can(session, 'create_organisation', 'system') ? [{ value: NEW, label: t('adopt.newOrganisation') }] : []),
        ]}
      />
      {organisation === NEW && (
        <TextInput label={t('adopt.organisationName')} key={form.key('newOrganisation')} {...form.getInputProps('newOrganisation')} />
      )}
      <Select
        label={t('noun.project')} allowDeselect={false} checkIconPosition="right" value={project}
        onChange={(id) => form.setFieldValue('project', id ?? NEW)}
        data={[
          ...projects.map(({ id, name }) => ({ value: id, label: name })),
          ...(organisation === NEW || maySetUp(organisation) ? [{ value: NEW, label: t('adopt.newProject') }] : []),
        ]}
      />
      {project === NEW && (
        <TextInput label={t('adopt.projectName')} key={form.key('newProject')} {...form.getInputProps('newProject')} />
      )}
      <Button type="submit" loading={pending} className={classes.submit} {...keepFocus}>{t('adopt.verb')}</Button>
    </form>
  );
}

/** Where the switcher looks, else where the agent waits, else the first. */
function startOf(organisations: Organisation[], agent: Agent, scope: Scope): Organisation | undefined {
  return (
    organisations.find(({ id, projects }) => id === scope.organisation || projects.some((each) => each.id === scope.project)) ??
    organisations.find(({ id }) => id === agent.waits_in?.organisation_id) ??
    organisations[0]
  );
}

function Done({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const { t } = useTranslation();
  const services = agent.offers.flatMap((offer) => (offer.service_id ? [{ ...offer, id: offer.service_id }] : []));
  return (
    <div className={classes.done}>
      <IconCircleCheckFilled size={34} className={classes.check} aria-hidden />
      <p role="status">
        {t('adopt.doneBody', {
          name: agentName(agent), organisation: agent.membership?.organisation_name, project: agent.membership?.project_name,
        })}
      </p>
      {services.length === 0 && <p className="ew-muted">{t('adopt.noOffers')}</p>}
      <ul className={classes.services}>
        {services.map(({ id, name, kind, description }, index) => (
          <li key={id}>
            <div>
              <Link to="/services/$id" params={{ id }} className="ew-link" onClick={onClose}>{name}</Link>
              <span>{[kind, description].filter(Boolean).join(' · ')}</span>
            </div>
            <OpenButton id={id} name={name} focused={index === 0} />
          </li>
        ))}
      </ul>
      <div className={classes.next}>
        <Button variant="default" onClick={onClose} renderRoot={(props) => <Link to="/agents/$id" params={{ id: agent.id }} {...props} />}>
          {t('adopt.showAgent')}
        </Button>
        <Button variant="subtle" color="gray" onClick={onClose}>{t('dialog.close')}</Button>
      </div>
    </div>
  );
}

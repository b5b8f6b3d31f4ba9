// Deleting an organisation or a project: refused with the reason while something is in it, before the question is even asked.

import { Button, Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { deletePlace } from '../api/calls';
import { agentsQuery, type PlaceKind } from '../api/queries';
import type { Organisation, Project } from '../api/types';
import classes from '../people/People.module.css';
import { Waiting } from '../ui/Page';
import { Question } from '../ui/Question';
import questionClasses from '../ui/Question.module.css';
import { remember } from '../ui/scope';

interface DeletePlaceProps {
  kind: PlaceKind;
  place: Organisation | Project;
  opened: boolean;
  onClose: () => void;
}

export function DeletePlace({ kind, place, opened, onClose }: DeletePlaceProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const agents = useQuery({ ...agentsQuery({ [kind === 'projects' ? 'project' : 'organisation']: place.id, limit: 1 }), enabled: opened, staleTime: 0 });
  const erase = useMutation({
    mutationFn: () => deletePlace(kind, place.id),
    onSuccess: async () => {
      notifications.show({ message: t('places.deleted', { name: place.name }) });
      remember({});
      onClose();
      if ('organisation_id' in place) await navigate({ to: '/organisations/$id', params: { id: place.organisation_id } });
      else await navigate({ to: '/organisations' });
      queryClient.removeQueries({ queryKey: [kind, 'one', place.id] });
      await Promise.all(['organisations', 'projects', 'session', 'join-tokens', 'users'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    },
  });
  const close = () => {
    onClose();
    erase.reset();
  };
  const projects = 'projects' in place ? place.projects.length : 0;
  const found = agents.data?.total ?? 0;
  // Without projects, an organisation only has agents that wait; those are in nobody's way.
  const held = kind === 'projects' ? found : 0;
  const title = t(`places.${kind}.deleteTitle`, { name: place.name });

  if (opened && (projects > 0 || held > 0 || agents.isPending)) {
    return (
      <Modal opened onClose={close} title={title} classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}>
        {agents.isPending ? <Waiting rows={2} /> : (
          <>
            <p className={classes.note} role="status">{projects > 0 ? t('places.hasProjects', { count: projects }) : t('places.hasAgents', { count: held })}</p>
            <div className={questionClasses.actions}>
              {projects === 0 && (
                <Button variant="default" onClick={close} renderRoot={(props) => <Link to="/agents" search={{ project: place.id }} {...props} />}>
                  {t('places.showAgents')}
                </Button>
              )}
              <Button data-autofocus onClick={close}>{t('dialog.close')}</Button>
            </div>
          </>
        )}
      </Modal>
    );
  }
  return (
    <Question
      opened={opened} onClose={close} title={title} name={place.name}
      goes={[
        t(`places.${kind}.deleteGoes`), t('places.deleteGoesMembers'), t('places.deleteGoesTokens'),
        ...(kind === 'organisations' && found > 0 ? [t('places.deleteGoesWaiting', { count: found })] : []),
      ]} stays={[t('places.deleteStays')]}
      verb={t(`places.${kind}.delete`)} error={erase.error} pending={erase.isPending} onConfirm={() => erase.mutate()}
    />
  );
}

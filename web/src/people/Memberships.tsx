// What a user belongs to, with the role there; where one may, it can be changed, taken away and added to.

import { ActionIcon, Button, Modal, NativeSelect, Tooltip } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { removeMember, setMember } from '../api/calls';
import { useCan } from '../api/permissions';
import { sessionQuery, type PlaceKind } from '../api/queries';
import type { MemberRole, User, UserMembership } from '../api/types';
import { Card } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Question } from '../ui/Question';
import questionClasses from '../ui/Question.module.css';
import { keepFocus } from '../ui/form';
import classes from './People.module.css';
import { PlaceField } from './PlaceField';
import { giving } from './places';

const idOf = ({ organisation_id, project_id }: UserMembership): [PlaceKind, string] => (project_id ? ['projects', project_id] : ['organisations', organisation_id]);
const nameOf = ({ organisation_name, project_name }: UserMembership) => (project_name ? `${organisation_name} / ${project_name}` : organisation_name);

export function Memberships({ user }: { user: User }) {
  const { t } = useTranslation();
  const can = useCan();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery).data;
  const [adding, setAdding] = useState(false);
  const [going, setGoing] = useState<UserMembership>();
  const renew = () => Promise.all(['users', 'members', 'session'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
  const change = useMutation({
    mutationFn: ({ membership, role }: { membership: UserMembership; role: MemberRole }) => setMember(...idOf(membership), user.id, role),
    onSettled: renew,
  });
  const leave = useMutation({
    mutationFn: (membership: UserMembership) => removeMember(...idOf(membership), user.id),
    onSuccess: () => setGoing(undefined),
    onSettled: renew,
  });
  const may = ({ organisation_id, project_id }: UserMembership) =>
    project_id ? can('manage_project_members', { project: project_id, organisation: organisation_id }) : can('manage_organisation_members', { organisation: organisation_id });

  return (
    <Card
      title={t('people.belongs')}
      aside={giving(session).length > 0 && (
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setAdding(true)}>{t('people.addMembership')}</Button>
      )}
    >
      {change.isError && <Problem error={change.error} />}
      {user.memberships.length === 0 && <p className={classes.note}>{user.system_admin ? t('people.everywhere') : t('people.nowhere')}</p>}
      <ul className={classes.rows}>
        {user.memberships.map((membership) => {
          const [kind, id] = idOf(membership);
          const name = nameOf(membership);
          const roles: MemberRole[] = membership.project_id ? ['viewer', 'admin'] : ['member', 'viewer', 'admin'];
          return (
            <li key={`${kind} ${id}`}>
              <div className={classes.who}>
                {kind === 'projects' ? <Link to="/projects/$id" params={{ id }} className="ew-link">{name}</Link> : <Link to="/organisations/$id" params={{ id }} className="ew-link">{name}</Link>}
                <span>{t(`memberRole.about.${kind}.${membership.role}`)}</span>
              </div>
              {may(membership) ? (
                <>
                  <NativeSelect
                    className={classes.role} size="xs" aria-label={t('people.roleAt', { place: name })} value={membership.role}
                    disabled={change.isPending} data={roles.map((value) => ({ value, label: t(`memberRole.${value}`) }))}
                    onChange={(event) => change.mutate({ membership, role: event.currentTarget.value as MemberRole })}
                  />
                  <Tooltip label={t('people.removeMembership', { place: name })}>
                    <ActionIcon variant="subtle" color="gray" aria-label={t('people.removeMembership', { place: name })} onClick={() => { leave.reset(); setGoing(membership); }}>
                      <IconTrash size={17} stroke={1.7} aria-hidden />
                    </ActionIcon>
                  </Tooltip>
                </>
              ) : (
                <span>{t(`memberRole.${membership.role}`)}</span>
              )}
            </li>
          );
        })}
      </ul>
      <Add user={user} opened={adding} onClose={() => setAdding(false)} onDone={renew} />
      <Question
        opened={!!going} onClose={() => setGoing(undefined)}
        title={t('members.removeTitle', { name: user.display_name, place: going ? nameOf(going) : '' })}
        goes={going?.project_id ? [t('members.goesProject')] : [t('members.goesOrganisation')]} stays={[t('members.stays')]}
        verb={t('members.remove')} error={leave.error} pending={leave.isPending} onConfirm={() => going && leave.mutate(going)}
      />
    </Card>
  );
}

interface AddProps {
  user: User;
  opened: boolean;
  onClose: () => void;
  onDone: () => unknown;
}

function Add({ user, opened, onClose, onDone }: AddProps) {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const [place, setPlace] = useState<string | null>(null);
  const [role, setRole] = useState<MemberRole>('viewer');
  const [asked, setAsked] = useState(false);
  const add = useMutation({
    mutationFn: (key: string) => setMember(key.startsWith('p:') ? 'projects' : 'organisations', key.slice(2), user.id, role),
    onSuccess: () => close(),
    onSettled: onDone,
  });
  const taken = new Set(user.memberships.map((each) => (each.project_id ? `p:${each.project_id}` : `o:${each.organisation_id}`)));

  function close() {
    onClose();
    setPlace(null);
    setAsked(false);
    add.reset();
  }

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setAsked(true);
    if (place) add.mutate(place);
  }

  return (
    <Modal
      opened={opened} onClose={close} title={t('people.addMembershipTitle', { name: user.display_name })}
      classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      <form className={classes.form} noValidate onSubmit={submit}>
        <PlaceField
          choices={giving(session).filter(({ key }) => !taken.has(key))} place={place} role={role}
          error={asked && !place ? t('rule.filled') : undefined}
          onChange={(nextPlace, nextRole) => { setPlace(nextPlace); setRole(nextRole); }}
        />
        {add.isError && <Problem error={add.error} />}
        <div className={classes.buttons} {...keepFocus}>
          <Button variant="default" onClick={close}>{t('dialog.cancel')}</Button>
          <Button type="submit" loading={add.isPending}>{t('people.add')}</Button>
        </div>
      </form>
    </Modal>
  );
}

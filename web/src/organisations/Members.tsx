// Who belongs to an organisation or a project, with the role there; by e-mail address whoever has an
// account is added.

import { ActionIcon, Button, NativeSelect, TextInput, Tooltip } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconTrash, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { emailProblem } from '../access/rules';
import { addMember, removeMember, setMember } from '../api/calls';
import { ApiError } from '../api/client';
import { useCan } from '../api/permissions';
import { membersQuery, sessionQuery, type PlaceKind } from '../api/queries';
import type { Member, MemberRole } from '../api/types';
import { NewUsers } from '../people/NewUsers';
import classes from '../people/People.module.css';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Question } from '../ui/Question';
import { Tag, UserMark } from '../ui/State';
import { focusFirst, keepFocus } from '../ui/form';

/** From so many members on, they can be searched. */
const SEARCH_FROM = 12;

interface MembersProps {
  kind: PlaceKind;
  id: string;
  name: string;
  /** Whether one may change who belongs. */
  may: boolean;
}

export function Members({ kind, id, name, may }: MembersProps) {
  const { t } = useTranslation();
  const can = useCan();
  const queryClient = useQueryClient();
  const self = useQuery(sessionQuery).data?.user?.id;
  const members = useQuery(membersQuery(kind, id));
  const [going, setGoing] = useState<Member>();
  const [inviting, setInviting] = useState(false);
  const [text, setText] = useState('');
  const renew = () => Promise.all(['members', 'users', 'session'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
  const change = useMutation({
    mutationFn: ({ member, role }: { member: Member; role: MemberRole }) => setMember(kind, id, member.user_id, role),
    onSettled: renew,
  });
  const leave = useMutation({
    mutationFn: (member: Member) => removeMember(kind, id, member.user_id),
    onSuccess: () => setGoing(undefined),
    onSettled: renew,
  });
  const roles: MemberRole[] = kind === 'projects' ? ['viewer', 'admin'] : ['member', 'viewer', 'admin'];
  const all = members.data?.items ?? [];
  const shown = all.filter(({ email, display_name }) => `${display_name}\n${email}`.toLowerCase().includes(text.trim().toLowerCase()));

  return (
    <Card
      title={t('members.title', { count: all.length })}
      aside={may && can('create_users') && (
        <Button variant="default" size="compact-sm" leftSection={<IconUserPlus size={15} aria-hidden />} onClick={() => setInviting(true)}>{t('members.invite')}</Button>
      )}
    >
      {may && <Add kind={kind} id={id} name={name} roles={roles} onDone={renew} />}
      {members.isPending && <Waiting rows={2} />}
      {members.isError && <Problem error={members.error} retry={() => void members.refetch()} />}
      {change.isError && <Problem error={change.error} />}
      {all.length >= SEARCH_FROM && (
        <TextInput type="search" aria-label={t('members.search')} placeholder={t('members.search')} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      )}
      {members.data && shown.length === 0 && <p className={classes.note}>{all.length === 0 ? t('members.none') : t('people.noneFound')}</p>}
      <ul className={classes.rows}>
        {shown.map((member) => (
          <li key={member.user_id}>
            <div className={classes.who}>
              <div className={classes.result}>
                {can('create_users') ? <Link to="/users/$id" params={{ id: member.user_id }} className="ew-link">{member.display_name}</Link> : <strong>{member.display_name}</strong>}
                {member.user_id === self && <Tag>{t('people.you')}</Tag>}
                {member.by_sso && <Tooltip label={t('members.bySsoNote')}><span tabIndex={0}><Tag>{t('members.bySso')}</Tag></span></Tooltip>}
              </div>
              <span>{member.email}</span>
            </div>
            {member.state !== 'active' && <UserMark state={member.state} />}
            {may ? (
              <>
                <NativeSelect
                  className={classes.role} size="xs" aria-label={t('members.roleOf', { name: member.display_name })} value={member.role}
                  disabled={change.isPending} data={roles.map((value) => ({ value, label: t(`memberRole.${value}`) }))}
                  onChange={(event) => change.mutate({ member, role: event.currentTarget.value as MemberRole })}
                />
                <Tooltip label={t('members.removeWhat', { name: member.display_name })}>
                  <ActionIcon variant="subtle" color="gray" aria-label={t('members.removeWhat', { name: member.display_name })} onClick={() => { leave.reset(); setGoing(member); }}>
                    <IconTrash size={17} stroke={1.7} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              </>
            ) : (
              <span>{t(`memberRole.${member.role}`)}</span>
            )}
          </li>
        ))}
      </ul>
      <Question
        opened={!!going} onClose={() => setGoing(undefined)} title={t('members.removeTitle', { name: going?.display_name ?? '', place: name })}
        goes={[...(kind === 'projects' ? [t('members.goesProject')] : [t('members.goesOrganisation')]), ...(going?.user_id === self ? [t('members.goesSelf')] : [])]}
        stays={[t('members.stays')]} verb={t('members.remove')} error={leave.error} pending={leave.isPending} onConfirm={() => going && leave.mutate(going)}
      />
      {may && <NewUsers opened={inviting} onClose={() => { setInviting(false); void renew(); }} place={`${kind === 'projects' ? 'p' : 'o'}:${id}`} />}
    </Card>
  );
}

interface AddProps {
  kind: PlaceKind;
  id: string;
  name: string;
  roles: MemberRole[];
  onDone: () => unknown;
}

function Add({ kind, id, name, roles, onDone }: AddProps) {
  const { t } = useTranslation();
  const form = useForm<{ email: string; role: MemberRole }>({
    initialValues: { email: '', role: 'viewer' },
    validate: { email: (value) => emailProblem(t, value) },
  });
  const add = useMutation({
    mutationFn: ({ email, role }: { email: string; role: MemberRole }) => addMember(kind, id, { email: email.trim(), role }),
    onSuccess: async (member) => {
      notifications.show({ message: t('members.added', { name: member.display_name, place: name }) });
      form.setFieldValue('email', '');
      form.getInputNode('email')?.focus();
      await onDone();
    },
    onError: () => form.getInputNode('email')?.focus(),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => add.mutate(values), focusFirst(form))}>
      <div className={classes.add}>
        <TextInput
          label={t('members.add')} placeholder="name@example.com" type="email" autoComplete="off"
          key={form.key('email')} {...form.getInputProps('email')}
        />
        <NativeSelect label={t('people.role')} data={roles.map((value) => ({ value, label: t(`memberRole.${value}`) }))} key={form.key('role')} {...form.getInputProps('role')} />
        <Button type="submit" {...keepFocus} className={classes.addButton} loading={add.isPending}>{t('people.add')}</Button>
      </div>
      {add.isError && (
        <>
          <Problem error={add.error} />
          {add.error instanceof ApiError && add.error.status === 404 && <p className={classes.note}>{t('members.noAccount')}</p>}
        </>
      )}
    </form>
  );
}

// One user: who they are, what they belong to, where they are signed in, and what can be done with the account.

import { ActionIcon, Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi } from '@tanstack/react-router';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SessionList } from '../access/SessionList';
import { ApiError } from '../api/client';
import { sessionQuery, userQuery, userSessionsQuery } from '../api/queries';
import type { User } from '../api/types';
import { NotFound } from '../frame/Trouble';
import { Ago } from '../ui/Ago';
import { CopyText } from '../ui/Copy';
import { Card, Facts, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Tag, UserMark } from '../ui/State';
import { EditUser } from './EditUser';
import { Memberships } from './Memberships';
import { UserDialogs, type UserAct } from './UserDialogs';
import classes from './People.module.css';

const route = getRouteApi('/frame/users/$id');

export function UserPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const user = useQuery(userQuery(id));

  if (user.error instanceof ApiError && user.error.status === 404) return <NotFound />;
  if (!user.data) {
    return (
      <Page title={t('people.user')}>
        {user.isError ? <Problem error={user.error} retry={() => void user.refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return <Shown key={id} user={user.data} />;
}

function Shown({ user }: { user: User }) {
  const { t } = useTranslation();
  const self = useQuery(sessionQuery).data?.user?.id === user.id;
  const [act, setAct] = useState<UserAct>();
  const [editing, setEditing] = useState(false);
  return (
    <Page
      title={user.display_name}
      above={<Link to="/users">{t('nav.users')}</Link>}
      beside={<><UserMark state={user.state} />{user.system_admin && <Tag>{t('role.system_admin')}</Tag>}{self && <Tag>{t('people.you')}</Tag>}</>}
      lead={t(`people.story.${user.state}`)}
      actions={
        user.manageable && (
          <>
            {user.state === 'invited' && !user.sso_only && <Button variant="default" onClick={() => setAct('invite')}>{t('people.inviteAgain')}…</Button>}
            {user.state === 'disabled' && <Button variant="default" onClick={() => setAct('enable')}>{t('people.enable')}…</Button>}
            <Button onClick={() => setEditing(true)}>{t('people.edit')}</Button>
            <Menu position="bottom-end" width={220}>
              <Menu.Target>
                <ActionIcon variant="default" size={36} aria-label={t('people.moreFor', { name: user.display_name })}><IconDots size={18} aria-hidden /></ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {!user.sso_only && <Menu.Item onClick={() => setAct('reset')}>{t('people.reset')}…</Menu.Item>}
                <Menu.Item onClick={() => setAct('sessions')}>{t('people.endSessions')}…</Menu.Item>
                <Menu.Divider />
                {user.state !== 'disabled' && <Menu.Item color="red" onClick={() => setAct('disable')}>{t('people.disable')}…</Menu.Item>}
                <Menu.Item color="red" onClick={() => setAct('delete')}>{t('people.delete')}…</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      {!user.manageable && <p className={classes.note}>{t('people.notManageable')}</p>}
      <Card title={t('agent.facts')}>
        <Facts
          items={[
            [t('access.email'), <CopyText key="e" text={user.email} what={t('access.email')} />],
            [t('people.phone'), user.phone || '–'],
            [t('people.signsIn'), user.sso_only ? t('people.withSso') : t('people.withPassword')],
            [t('people.lastSignIn'), <Ago key="l" at={user.last_sign_in_at} />],
            [t('noun.made'), <Ago key="c" at={user.created_at} />],
            [t('noun.id'), <CopyText key="i" text={user.id} what={t('noun.id')} />],
          ]}
        />
      </Card>
      <Memberships user={user} />
      {user.manageable && <Sessions id={user.id} />}
      <EditUser user={user} opened={editing} onClose={() => setEditing(false)} />
      <UserDialogs user={user} act={act} onClose={() => setAct(undefined)} />
    </Page>
  );
}

function Sessions({ id }: { id: string }) {
  const { t } = useTranslation();
  const sessions = useQuery(userSessionsQuery(id));
  return (
    <Card title={t('sessions.title')}>
      {sessions.isPending && <Waiting rows={1} />}
      {sessions.isError && <Problem error={sessions.error} retry={() => void sessions.refetch()} />}
      {sessions.data && (sessions.data.items.length === 0 ? <p className={classes.note}>{t('people.noSessions')}</p> : <SessionList sessions={sessions.data.items} />)}
    </Card>
  );
}

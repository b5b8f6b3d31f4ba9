import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { endOtherSessions, endSession } from '../api/calls';
import { sessionsQuery } from '../api/queries';
import type { SessionInfo } from '../api/types';
import { signOutAndLeave } from '../frame/leave';
import { Card, Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Question } from '../ui/Question';
import { SessionList } from './SessionList';

/** One's own sessions: each can be ended, or all but this one. */
export function SessionsPage() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  const [asking, setAsking] = useState(false);
  const done = async (message: string) => {
    notifications.show({ message });
    await queryClient.invalidateQueries({ queryKey: ['sessions'] });
  };
  const end = useMutation({
    mutationFn: ({ id, current }: SessionInfo) => (current ? signOutAndLeave() : endSession(id)),
    onSuccess: () => done(t('sessions.ended')),
  });
  const endOthers = useMutation({
    mutationFn: endOtherSessions,
    onSuccess: () => {
      setAsking(false);
      return done(t('sessions.othersEnded'));
    },
  });
  const items = [...(sessions.data?.items ?? [])].sort((a, b) => Number(b.current) - Number(a.current) || b.last_used_at.localeCompare(a.last_used_at));
  const others = items.filter(({ current }) => !current).length;

  return (
    <Page
      title={t('sessions.title')} lead={t('sessions.lead')} narrow
      actions={others > 0 && <Button variant="default" onClick={() => { endOthers.reset(); setAsking(true); }}>{t('sessions.endOthers')}…</Button>}
    >
      {end.isError && <Problem error={end.error} />}
      <Card>
        {sessions.isPending && <Waiting rows={2} />}
        {sessions.isError && <Problem error={sessions.error} retry={() => void sessions.refetch()} />}
        <SessionList
          sessions={items}
          action={(session, name) => (
            <Button
              variant="default" size="compact-md" loading={end.isPending && end.variables.id === session.id}
              aria-label={session.current ? undefined : t('sessions.endWhat', { name })} onClick={() => end.mutate(session)}
            >
              {session.current ? t('frame.signOut') : t('sessions.end')}
            </Button>
          )}
        />
      </Card>
      <Question
        opened={asking} onClose={() => setAsking(false)} title={t('sessions.othersTitle')}
        goes={[t('sessions.othersGo', { count: others })]} stays={[t('sessions.thisStays')]}
        verb={t('sessions.endOthers')} error={endOthers.error} pending={endOthers.isPending} onConfirm={() => endOthers.mutate()}
      />
    </Page>
  );
}

import { ActionIcon, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { organisationName, projectName } from '../agents/places';
import { deleteJoinToken } from '../api/calls';
import { joinTokensQuery, organisationsQuery } from '../api/queries';
import type { JoinToken, Organisation } from '../api/types';
import { Ago } from '../ui/Ago';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Question } from '../ui/Question';
import { Mark } from '../ui/State';
import { useNow } from '../ui/time';
import classes from './Join.module.css';

/** The tokens there are; their text is shown only when they are made. */
export function Tokens() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const tokens = useQuery(joinTokensQuery);
  const organisations = useQuery(organisationsQuery).data?.items ?? [];
  const [chosen, setChosen] = useState<JoinToken>();
  const erase = useMutation({
    mutationFn: (token: JoinToken) => deleteJoinToken(token.id),
    onSuccess: async () => {
      setChosen(undefined);
      notifications.show({ message: t('tokens.deleted') });
      await queryClient.invalidateQueries({ queryKey: joinTokensQuery.queryKey });
    },
  });
  const items = [...(tokens.data?.items ?? [])].sort((a, b) => b.created_at.localeCompare(a.created_at));

  return (
    <Card title={t('tokens.title')}>
      {tokens.isPending && <Waiting rows={2} />}
      {tokens.isError && <Problem error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.isSuccess && items.length === 0 && <p className={classes.none}>{t('tokens.empty')}</p>}
      <ul className={classes.tokens}>
        {items.map((token) => (
          <li key={token.id}>
            <TokenLine token={token} organisations={organisations} />
            <Tooltip label={t('tokens.delete')}>
              <ActionIcon
                variant="subtle" color="gray" aria-label={t('tokens.deleteWhat', { id: token.id.slice(-6) })}
                onClick={() => { erase.reset(); setChosen(token); }}
              >
                <IconTrash size={17} stroke={1.7} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </li>
        ))}
      </ul>
      <Question
        opened={!!chosen}
        onClose={() => setChosen(undefined)}
        title={t('tokens.deleteTitle')}
        goes={[t('tokens.goes')]}
        stays={[t('tokens.stays')]}
        verb={t('tokens.delete')}
        error={erase.error}
        pending={erase.isPending}
        onConfirm={() => chosen && erase.mutate(chosen)}
      />
    </Card>
  );
}

function TokenLine({ token, organisations }: { token: JoinToken; organisations: Organisation[] }) {
  const { t } = useTranslation();
  const leads = token.project_id
    ? t('tokens.into', { project: projectName(organisations, token.project_id) })
    : token.organisation_id
      ? t('tokens.waitIn', { organisation: organisationName(organisations, token.organisation_id) })
      : t('tokens.intoNone');
  const expired = Date.parse(token.expires_at) <= useNow();
  const state = expired ? 'expired' : token.uses_left === 0 ? 'used' : 'usable';
  return (
    <div className={classes.token}>
      <div className={classes.tokenHead}>
        <Mark tone={state === 'usable' ? 'online' : 'offline'}>
          {state === 'usable' ? t('tokens.usesLeft', { count: token.uses_left }) : t(`tokens.${state}`)}
        </Mark>
        <span className={`ew-mono ${classes.id}`} title={token.id}>…{token.id.slice(-6)}</span>
      </div>
      <span className={classes.tokenFacts}>
        {expired ? t('tokens.ended') : t('tokens.ends')} <Ago at={token.expires_at} future />
        {' · '}{t('tokens.made')} <Ago at={token.created_at} />
        {' · '}{leads}
      </span>
    </div>
  );
}

// What can be done with an account, each with the question before it: enable, disable, reset the
// password, invite again, end the sessions, delete.

import { Button, Modal, Radio } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PasswordField } from '../access/PasswordField';
import { passwordProblem } from '../access/rules';
import { deleteUser, disableUser, enableUser, endSessionsOf, inviteAgain, resetPassword } from '../api/calls';
import { signInOptionsQuery, userQuery } from '../api/queries';
import type { PasswordLink, User } from '../api/types';
import { Problem } from '../ui/Problem';
import { Question } from '../ui/Question';
import questionClasses from '../ui/Question.module.css';
import { keepFocus } from '../ui/form';
import { LinkResult } from './LinkResult';
import classes from './People.module.css';

export type UserAct = 'enable' | 'disable' | 'reset' | 'invite' | 'sessions' | 'delete';

interface UserDialogsProps {
  user: User;
  act: UserAct | undefined;
  onClose: () => void;
}

export function UserDialogs({ user, act, onClose }: UserDialogsProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const name = user.display_name;

  async function done(message: string) {
    notifications.show({ message });
    onClose();
    await Promise.all(['users', 'sessions'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
  }

  const enable = useMutation({ mutationFn: () => enableUser(user.id), onSuccess: () => done(t('people.enabled', { name })) });
  const disable = useMutation({ mutationFn: () => disableUser(user.id), onSuccess: () => done(t('people.disabled', { name })) });
  const end = useMutation({ mutationFn: () => endSessionsOf(user.id), onSuccess: () => done(t('people.sessionsEnded', { name })) });
  const erase = useMutation({
    mutationFn: () => deleteUser(user.id),
    onSuccess: async () => {
      await navigate({ to: '/users' });
      queryClient.removeQueries({ queryKey: userQuery(user.id).queryKey });
      await done(t('people.deleted', { name }));
    },
  });
  useEffect(() => {
    [enable, disable, end, erase].forEach((each) => each.reset());
  }, [act]);
  const question = (verb: UserAct) => ({ opened: act === verb, onClose });

  return (
    <>
      <Question
        {...question('enable')} title={t('people.enableTitle', { name })} goes={[]} stays={[t('userBatch.enable.goes'), t('userBatch.enable.stays')]}
        verb={t('people.enable')} error={enable.error} pending={enable.isPending} onConfirm={() => enable.mutate()}
      />
      <Question
        {...question('disable')} title={t('people.disableTitle', { name })} goes={[t('userBatch.disable.goes')]} stays={[t('userBatch.disable.stays')]}
        verb={t('people.disable')} error={disable.error} pending={disable.isPending} onConfirm={() => disable.mutate()}
      />
      <Question
        {...question('sessions')} title={t('people.endSessionsTitle', { name })} goes={[t('people.endSessionsGoes')]} stays={[t('people.endSessionsStays')]}
        verb={t('people.endSessions')} error={end.error} pending={end.isPending} onConfirm={() => end.mutate()}
      />
      <Question
        {...question('delete')} title={t('people.deleteTitle', { name })} name={user.email}
        goes={[t('people.deleteGoesAccount'), t('people.deleteGoesTokens')]} stays={[t('people.deleteStays')]}
        verb={t('people.delete')} error={erase.error} pending={erase.isPending} onConfirm={() => erase.mutate()}
      />
      <Reset user={user} opened={act === 'reset'} onClose={onClose} />
      <Invite user={user} opened={act === 'invite'} onClose={onClose} />
    </>
  );
}

interface DialogProps {
  user: User;
  opened: boolean;
  onClose: () => void;
}

function Reset({ user, opened, onClose }: DialogProps) {
  const { t } = useTranslation();
  const rules = useQuery(signInOptionsQuery).data?.password_rules;
  const queryClient = useQueryClient();
  const [way, setWay] = useState<'link' | 'password'>('link');
  const [password, setPassword] = useState('');
  const [asked, setAsked] = useState(false);
  const reset = useMutation({
    mutationFn: () => resetPassword(user.id, way === 'password' ? { password } : {}),
    onSuccess: ({ link }) => {
      void queryClient.invalidateQueries({ queryKey: ['sessions'] });
      if (link) return;
      notifications.show({ message: t('people.passwordSet', { name: user.display_name }) });
      close();
    },
  });
  const problem = way === 'password' && rules ? passwordProblem(t, rules, password) : null;

  function close() {
    onClose();
    setPassword('');
    setAsked(false);
    reset.reset();
  }

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setAsked(true);
    if (!problem) reset.mutate();
  }

  return (
    <Modal
      opened={opened} onClose={close} title={t('people.resetTitle', { name: user.display_name })} closeOnClickOutside={!reset.data}
      classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {reset.data?.link ? (
        <Made link={reset.data.link} onClose={close} />
      ) : (
        <form className={classes.form} noValidate onSubmit={submit}>
          <p className={classes.note}>{t('people.resetNote')}</p>
          <fieldset className={classes.choices}>
            <legend>{t('people.resetHow')}</legend>
            <Radio name="reset" label={t('newUsers.ways.link')} description={t('people.resetLinkNote')} checked={way === 'link'} onChange={() => setWay('link')} />
            <Radio name="reset" label={t('people.resetPassword')} description={t('newUsers.wayNote.password')} checked={way === 'password'} onChange={() => setWay('password')} />
          </fieldset>
          {way === 'password' && rules && (
            <PasswordField
              label={t('access.newPassword')} rules={rules} value={password} error={asked ? problem : undefined}
              onChange={(event) => setPassword(event.currentTarget.value)} onBlur={() => password && setAsked(true)}
            />
          )}
          {reset.isError && <Problem error={reset.error} />}
          <div className={classes.buttons} {...keepFocus}>
            <Button variant="default" onClick={close}>{t('dialog.cancel')}</Button>
            <Button type="submit" color="red" loading={reset.isPending}>{t('people.reset')}</Button>
          </div>
        </form>
      )}
    </Modal>
  );
}

function Invite({ user, opened, onClose }: DialogProps) {
  const { t } = useTranslation();
  const invite = useMutation({ mutationFn: () => inviteAgain(user.id) });
  const close = () => {
    onClose();
    invite.reset();
  };
  return (
    <Modal
      opened={opened} onClose={close} title={t('people.inviteTitle', { name: user.display_name })} closeOnClickOutside={!invite.data}
      classNames={{ title: questionClasses.title }} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {invite.data ? (
        <Made link={invite.data} onClose={close} />
      ) : (
        <>
          <p className={classes.note}>{t('people.inviteNote')}</p>
          {invite.isError && <Problem error={invite.error} />}
          <div className={questionClasses.actions}>
            <Button variant="default" onClick={close}>{t('dialog.cancel')}</Button>
            <Button data-autofocus loading={invite.isPending} onClick={() => invite.mutate()}>{t('people.inviteAgain')}</Button>
          </div>
        </>
      )}
    </Modal>
  );
}

function Made({ link, onClose }: { link: PasswordLink; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div role="status"><LinkResult link={link} /></div>
      <div className={questionClasses.actions}><Button data-autofocus onClick={onClose}>{t('dialog.done')}</Button></div>
    </>
  );
}

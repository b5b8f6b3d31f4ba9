// Calls of a service's own API. The control plane sends them and hands the answer on as data: nothing of it is a page, and no
// redirect is followed.

import { Autocomplete, Button, NativeSelect, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callService } from '../../api/calls';
import { ApiError } from '../../api/client';
import type { Service } from '../../api/types';
import { Card } from '../../ui/Page';
import { Problem } from '../../ui/Problem';
import { Question } from '../../ui/Question';
import { knownCalls } from '../paths';
import { AnswerCard } from './AnswerCard';
import classes from './Explorer.module.css';
import { HistoryCard } from './HistoryCard';
import { METHODS, QUIET, hasBody, pathProblem, readHeaders, requestOf, type Method, type Typed } from './exchange';
import { keep, useHistory, type Past } from './history';

/** What the control plane says of a call that deletes something first. */
const DELETES_FIRST = 'deletes_first';

interface ExplorerProps {
  service: Service;
  /** Whether whoever looks may send what changes something. */
  mayChange: boolean;
}

export function Explorer({ service, mayChange }: ExplorerProps) {
  const { t } = useTranslation();
  const known = knownCalls(service.kind);
  const first = known[0] ?? { method: 'GET', path: '/' };
  const [typed, setTyped] = useState<Typed>({ method: first.method as Method, path: first.path, headers: '', body: '' });
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState<'change' | 'meant'>();
  const [shown, show] = useState<Past>();
  const history = useHistory(service.id);
  const send = useMutation({
    mutationFn: async ({ what, meant }: { what: Typed; meant: boolean }) => keep(service.id, what, await callService(service.id, requestOf(what, meant))),
    onMutate: () => show(undefined),
    onSuccess: show,
    onSettled: () => setAsking(undefined),
  });
  const methods = mayChange ? METHODS : QUIET;
  const changes = !QUIET.includes(typed.method);
  const path = pathProblem(typed.path);
  const headers = readHeaders(typed.headers);
  const offered = [...new Set(known.filter(({ method }) => method === typed.method).map((each) => each.path))];
  const deletes = send.error instanceof ApiError && send.error.code === DELETES_FIRST;

  function change(by: Partial<Typed>) {
    setTyped({ ...typed, ...by });
    send.reset();
  }

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (path || 'line' in headers) return;
    if (changes) setAsking('change');
    else send.mutate({ what: typed, meant: false });
  }

  const plain = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const;
  return (
    <>
      <Card title={t('explorer.request')}>
        <form className={classes.form} noValidate aria-busy={send.isPending} onSubmit={submit}>
          <p className={classes.lead}>{t('explorer.lead')}{!mayChange && ` ${t('explorer.lookOnly')}`}</p>
          <div className={classes.line}>
            <NativeSelect
              className={classes.method} label={t('explorer.method')} data={[...methods]} value={typed.method}
              onChange={(event) => change({ method: event.currentTarget.value as Method })}
            />
            <Autocomplete
              className={classes.path} label={t('explorer.path')} {...plain} classNames={{ input: 'ew-mono' }} data={offered} limit={30} maxDropdownHeight={300}
              value={typed.path} onChange={(next) => change({ path: next })} error={tried && path ? t(`explorer.wrong.${path}`) : undefined}
            />
            <Button type="submit" className={classes.send} loading={send.isPending} leftSection={<IconSend size={16} aria-hidden />}>{t('explorer.send')}</Button>
          </div>
          {hasBody(typed.method) && (
            <Textarea
              className={classes.code} label={t('explorer.body')} description={t('explorer.bodyNote')} rows={6} resize="vertical" {...plain}
              value={typed.body} onChange={(event) => change({ body: event.currentTarget.value })}
            />
          )}
          <Textarea
            className={classes.code} label={t('explorer.headers')} description={t('explorer.headersNote')} rows={2} resize="vertical" {...plain} placeholder="Accept: application/json"
            value={typed.headers} onChange={(event) => change({ headers: event.currentTarget.value })}
            error={tried && 'line' in headers ? t('explorer.wrong.header', { line: headers.line.slice(0, 60) }) : undefined}
          />
          {send.isError && <Problem error={send.error} />}
          {deletes && <div><Button variant="default" onClick={() => setAsking('meant')}>{t('explorer.sendAll')}…</Button></div>}
        </form>
      </Card>
      <div role="status" className={send.isPending ? classes.lead : 'ew-hidden'}>
        {send.isPending ? t('explorer.sending', { name: service.name }) : shown && `${t('explorer.answer')} ${shown.answer.status}`}
      </div>
      {shown && <AnswerCard key={shown.number} past={shown} />}
      <HistoryCard
        history={history} shown={shown?.number}
        onShow={(chosen) => {
          setTyped(methods.includes(chosen.typed.method) ? chosen.typed : { ...chosen.typed, method: 'GET' });
          send.reset();
          show(chosen);
        }}
      />
      <Question
        title={t('explorer.ask', { method: typed.method, name: service.name })} verb={t('explorer.sendMethod', { method: typed.method })} opened={asking !== undefined}
        goes={[asking === 'meant' ? t('explorer.deletes') : t('explorer.changes', { path: typed.path.trim() }), t('explorer.noUndo')]} stays={[]} calm={asking !== 'meant' && typed.method !== 'DELETE'}
        error={undefined} pending={send.isPending} onClose={() => setAsking(undefined)} onConfirm={() => send.mutate({ what: typed, meant: asking === 'meant' })}
      />
    </>
  );
}

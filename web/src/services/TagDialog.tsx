// Tags given to many services, or taken from them: each service by itself, and what became of those that were refused.

import { Button, Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import batchClasses from '../agents/batch/Batch.module.css';
import { tagServices } from '../api/calls';
import { serviceTagsQuery } from '../api/queries';
import type { Service, ServiceTagged } from '../api/types';
import formClasses from '../people/People.module.css';
import { WordsField } from '../rollouts/Tags';
import { isTag, words } from '../rollouts/form';
import { keepFocus } from '../ui/form';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { useScope } from '../ui/scope';
import { Mark } from '../ui/State';
import { inParts } from './parts';
import { bearing } from './tags';

/** One request is about so many services. */
const AT_ONCE = 250;

interface TagDialogProps {
  services: Service[];
  /** Of those chosen, so many stay as they are, because one may not change them. */
  left: number;
  opened: boolean;
  /** Says whether anything was done. */
  onClose: (done: boolean) => void;
}

export function TagDialog({ services, left, opened, onClose }: TagDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const scope = useScope();
  const used = useQuery({ ...serviceTagsQuery(scope), enabled: opened }).data?.items ?? [];
  const [add, setAdd] = useState('');
  const [gone, setGone] = useState('');
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => inParts(services, AT_ONCE, async (part) => (await tagServices(part.map(({ id }) => id), words(add), words(gone))).items),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['services'] }),
  });
  useEffect(() => {
    if (!opened) return;
    setAdd('');
    setGone('');
    setTried(false);
    save.reset();
  }, [opened]);

  const wrongTag = (text: string) => (words(text).some((tag) => !isTag(tag)) ? t('serviceTags.wrong') : undefined);
  const both = words(add).find((tag) => words(gone).includes(tag));
  const nothing = !add.trim() && !gone.trim();
  const problems = { add: wrongTag(add) ?? (tried && nothing ? t('serviceTags.nothing') : undefined), gone: wrongTag(gone) ?? (both && t('serviceTags.both', { tag: both })) };
  const close = () => !save.isPending && onClose(save.isSuccess);

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!nothing && !problems.add && !problems.gone) save.mutate();
  }

  return (
    <Modal
      opened={opened} onClose={close} size={620} title={t('serviceTags.many', { count: services.length })} classNames={{ title: questionClasses.title }}
      closeButtonProps={{ 'aria-label': t('dialog.close'), disabled: save.isPending }}
    >
      {save.data ? <Results services={services} results={save.data} onClose={close} /> : (
        <form className={formClasses.form} noValidate onSubmit={submit}>
          <p className={formClasses.note}>{t('serviceTags.lead')}</p>
          {left > 0 && <p className={formClasses.note}>{t('serviceTags.left', { count: left })}</p>}
          <WordsField
            label={t('serviceTags.add')} description={t('serviceTags.note')} value={add} onChange={setAdd} error={problems.add} autoFocus
            used={used.map(({ tag, services: count }) => ({ tag, count }))}
          />
          <WordsField label={t('serviceTags.remove')} value={gone} onChange={setGone} error={problems.gone} used={bearing(services)} />
          {save.isError && <Problem error={save.error} />}
          <div className={formClasses.buttons} {...keepFocus}>
            <Button variant="default" disabled={save.isPending} onClick={close}>{t('dialog.cancel')}</Button>
            <Button type="submit" loading={save.isPending} disabled={services.length === 0}>{t('serviceTags.verb', { count: services.length })}</Button>
          </div>
        </form>
      )}
    </Modal>
  );
}

function Results({ services, results, onClose }: { services: Service[]; results: ServiceTagged[]; onClose: () => void }) {
  const { t } = useTranslation();
  const names = new Map(services.map(({ id, name }) => [id, name]));
  const failed = results.filter(({ error }) => error);
  return (
    <>
      <p role="status" className={batchClasses.sum}>
        {failed.length === 0 ? t('serviceTags.done', { count: results.length }) : t('serviceTags.some', { count: failed.length, done: results.length - failed.length })}
      </p>
      {failed.length > 0 && (
        <div className={batchClasses.scroll} tabIndex={0} role="region" aria-label={t('serviceTags.failed')}>
          <table className={batchClasses.table}>
            <thead><tr><th scope="col">{t('noun.service')}</th><th scope="col">{t('serviceTags.why')}</th></tr></thead>
            <tbody>
              {failed.map(({ service_id, error }) => (
                <tr key={service_id}>
                  <td>{names.get(service_id) ?? service_id.slice(0, 8)}</td>
                  <td><Mark tone="failed">{t('serviceTags.stays')}</Mark><span className={batchClasses.reason}>{error?.message}</span></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div className={questionClasses.actions}><Button onClick={onClose} data-autofocus>{t('dialog.close')}</Button></div>
    </>
  );
}

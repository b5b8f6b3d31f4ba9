// The words that people gave to a service, and changing them.

import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeService } from '../api/calls';
import { serviceQuery, serviceTagsQuery } from '../api/queries';
import type { Service } from '../api/types';
import { WordsField } from '../rollouts/Tags';
import { isTag, words } from '../rollouts/form';
import { keepFocus } from '../ui/form';
import { Card } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { TagList } from '../ui/TagList';
import classes from './ServicePage.module.css';

export function TagsCard({ service, mayManage }: { service: Service; mayManage: boolean }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [typed, setTyped] = useState<string>();
  const used = useQuery({ ...serviceTagsQuery({ project: service.project_id }), enabled: typed !== undefined }).data?.items ?? [];
  const save = useMutation({
    mutationFn: (tags: string[]) => changeService(service.id, { tags }),
    onSuccess: async (saved) => {
      queryClient.setQueryData(serviceQuery(service.id).queryKey, saved);
      setTyped(undefined);
      await queryClient.invalidateQueries({ queryKey: ['services'] });
    },
  });
  const next = words(typed ?? '');
  const wrong = next.some((tag) => !isTag(tag)) ? t('serviceTags.wrong') : undefined;

  function submit(event: React.FormEvent) {
    event.preventDefault();
    if (!wrong) save.mutate(next);
  }

  function begin(text: string | undefined) {
    save.reset();
    setTyped(text);
  }

  return (
    <Card title={t('services.tags')} aside={mayManage && typed === undefined && <Button variant="default" size="compact-sm" onClick={() => begin(service.tags.join(', '))}>{t('tags.edit')}</Button>}>
      {typed === undefined ? (
        service.tags.length > 0 ? <TagList tags={service.tags} label={t('services.tags')} /> : <p className={classes.quiet}>{t('serviceTags.none')}</p>
      ) : (
        <form className={classes.editor} noValidate onSubmit={submit}>
          <WordsField
            label={t('services.tags')} description={t('serviceTags.note')} value={typed} onChange={setTyped} error={wrong} autoFocus
            used={used.map(({ tag, services: count }) => ({ tag, count }))}
          />
          {save.isError && <Problem error={save.error} />}
          <div className={classes.buttons} {...keepFocus}>
            <Button type="submit" loading={save.isPending}>{t('tags.save')}</Button>
            <Button variant="default" onClick={() => begin(undefined)}>{t('dialog.cancel')}</Button>
          </div>
        </form>
      )}
    </Card>
  );
}

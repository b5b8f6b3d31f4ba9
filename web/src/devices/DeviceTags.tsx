// The words that people gave to a device, and changing them.

import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setTags } from '../api/calls';
import { tagsQuery } from '../api/queries';
import { MAX_TAGS } from '../api/types';
import { TagsField } from '../rollouts/Tags';
import { isTag, words } from '../rollouts/form';
import { keepFocus } from '../ui/form';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { TagList } from '../ui/TagList';
import type { DeviceProps } from './DevicePage';
import classes from './Devices.module.css';

export function DeviceTags({ agent, operate }: Pick<DeviceProps, 'agent' | 'operate'>) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const tags = useQuery(tagsQuery(agent.id));
  const [typed, setTyped] = useState<string>();
  const save = useMutation({
    mutationFn: (next: string[]) => setTags(agent.id, next),
    onSuccess: async (saved) => {
      queryClient.setQueryData(tagsQuery(agent.id).queryKey, saved);
      setTyped(undefined);
      await queryClient.invalidateQueries({ queryKey: ['tags'] });
    },
  });
  const current = tags.data?.tags ?? [];
  const next = words(typed ?? '');
  const wrong = next.some((tag) => !isTag(tag)) ? t('rollout.wrong.tag', { tags: MAX_TAGS }) : next.length > MAX_TAGS ? t('rollout.wrong.manyTags', { tags: MAX_TAGS }) : undefined;

  function submit(event: React.FormEvent) {
    event.preventDefault();
    if (!wrong) save.mutate(next);
  }

  function begin(text: string | undefined) {
    save.reset();
    setTyped(text);
  }

  return (
    <Card title={t('tags.title')} aside={operate && typed === undefined && tags.data && <Button variant="default" size="compact-sm" onClick={() => begin(current.join(', '))}>{t('tags.edit')}</Button>}>
      {tags.isPending && <Waiting rows={1} height={24} />}
      {tags.isError && <Problem error={tags.error} retry={() => void tags.refetch()} />}
      {typed === undefined ? tags.data && (current.length > 0 ? <TagList tags={current} label={t('tags.title')} /> : <p className={classes.text}>{t('tags.none')}</p>) : (
        <form className={classes.editor} noValidate onSubmit={submit}>
          <TagsField
            label={t('tags.title')} description={t('tags.note', { max: MAX_TAGS })} value={typed} onChange={setTyped} error={wrong} autoFocus
            scope={{ organisation: agent.membership?.organisation_id }}
          />
          {save.isError && <Problem error={save.error} />}
          <div className={classes.editorButtons} {...keepFocus}>
            <Button type="submit" loading={save.isPending}>{t('tags.save')}</Button>
            <Button variant="default" onClick={() => begin(undefined)}>{t('dialog.cancel')}</Button>
          </div>
        </form>
      )}
    </Card>
  );
}

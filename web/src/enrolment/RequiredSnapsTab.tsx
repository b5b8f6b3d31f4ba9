// The snaps that devices of a model need: they are told which until they have them.

import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setRequiredSnaps } from '../api/calls';
import { useCan } from '../api/permissions';
import { requiredSnapsQuery } from '../api/queries';
import type { Organisation, RequiredSnaps } from '../api/types';
import peopleClasses from '../people/People.module.css';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Question } from '../ui/Question';
import classes from './Enrolment.module.css';
import { RequiredSnapsDialog } from './RequiredSnapsDialog';

const keyOf = ({ brand, model }: RequiredSnaps) => JSON.stringify([brand, model]);

export function RequiredSnapsTab({ organisation: { id } }: { organisation: Organisation }) {
  const { t } = useTranslation();
  const can = useCan();
  const queryClient = useQueryClient();
  const required = useQuery(requiredSnapsQuery(id));
  const [editing, setEditing] = useState<RequiredSnaps | 'new'>();
  const [going, setGoing] = useState<RequiredSnaps>();
  const may = can('manage_enrolment', { organisation: id });
  const drop = useMutation({
    mutationFn: (model: RequiredSnaps) => setRequiredSnaps({ ...model, snaps: [] }),
    onSuccess: async () => {
      setGoing(undefined);
      await queryClient.invalidateQueries({ queryKey: ['required-snaps'] });
    },
  });
  const modelOf = ({ brand, model }: RequiredSnaps) => (brand ? `${brand} / ${model}` : model);
  const models = required.data?.items ?? [];
  return (
    <Card
      title={t('requiredSnaps.title')}
      aside={may && <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setEditing('new')}>{t('requiredSnaps.add')}</Button>}
    >
      <p className={classes.lead}>{t('requiredSnaps.lead')}</p>
      {required.isPending && <Waiting rows={2} />}
      {required.isError && <Problem error={required.error} retry={() => void required.refetch()} />}
      {required.data && models.length === 0 && <p className={classes.note}>{t('requiredSnaps.none')}</p>}
      <ul className={peopleClasses.rows}>
        {models.map((each) => (
          <li key={keyOf(each)}>
            <div className={peopleClasses.who}>
              <strong>{each.model}</strong>
              <span>{each.brand ?? t('requiredSnaps.everyBrand')}</span>
            </div>
            <ul className={classes.snaps} aria-label={t('requiredSnaps.of', { model: modelOf(each) })}>
              {each.snaps.map(({ name, channel }) => <li key={name} data-verbatim>{name}{channel && <span className="ew-muted"> {channel}</span>}</li>)}
            </ul>
            {may && (
              <>
                <Button variant="default" size="compact-sm" aria-label={t('requiredSnaps.editWhat', { model: modelOf(each) })} onClick={() => setEditing(each)}>{t('requiredSnaps.edit')}</Button>
                <Tooltip label={t('requiredSnaps.dropWhat', { model: modelOf(each) })}>
                  <ActionIcon variant="subtle" color="gray" aria-label={t('requiredSnaps.dropWhat', { model: modelOf(each) })} onClick={() => { drop.reset(); setGoing(each); }}>
                    <IconTrash size={17} stroke={1.7} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              </>
            )}
          </li>
        ))}
      </ul>
      <RequiredSnapsDialog organisation={id} model={editing} taken={models.filter((each) => each !== editing)} onClose={() => setEditing(undefined)} />
      <Question
        opened={!!going} onClose={() => setGoing(undefined)} title={t('requiredSnaps.dropTitle', { model: going ? modelOf(going) : '' })}
        goes={[t('requiredSnaps.dropGoes', { names: going?.snaps.map(({ name }) => name).join(t('list.comma')) ?? '' })]} stays={[t('requiredSnaps.dropStays')]}
        verb={t('requiredSnaps.drop')} error={drop.error} pending={drop.isPending} onConfirm={() => going && drop.mutate(going)}
      />
    </Card>
  );
}

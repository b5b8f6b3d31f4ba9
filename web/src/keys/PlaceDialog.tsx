// The public file put onto services by their agents: where an agent's own configuration names a folder for it, and nowhere else.

import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import batchClasses from '../agents/batch/Batch.module.css';
import { placeKey } from '../api/calls';
import type { KeyPair } from '../api/types';
import formClasses from '../people/People.module.css';
import { everything } from '../services/everything';
import { Problem } from '../ui/Problem';
import questionClasses from '../ui/Question.module.css';
import { Mark } from '../ui/State';

interface PlaceDialogProps {
  pair: KeyPair;
  opened: boolean;
  onClose: () => void;
}

export function PlaceDialog({ pair: { number, file_name, behind }, opened, onClose }: PlaceDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const place = useMutation({
    mutationFn: async () => {
      const services = await everything({ key_behind: String(number), way: 'agent' });
      const names = new Map(services.map(({ id, name }) => [id, name]));
      return (await placeKey(number)).map((each) => ({ ...each, name: names.get(each.service_id) ?? each.service_id.slice(0, 8) }));
    },
    onSettled: () => Promise.all(['key-pairs', 'services'].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });
  const results = place.data?.toSorted((a, b) => Number(a.placed) - Number(b.placed));
  const placed = results?.filter((each) => each.placed).length ?? 0;

  function close() {
    if (place.isPending) return;
    onClose();
    place.reset();
  }

  return (
    <Modal
      opened={opened} onClose={close} size={620} title={t('keys.placeTitle', { file: file_name })} classNames={{ title: questionClasses.title }}
      closeButtonProps={{ 'aria-label': t('dialog.close'), disabled: place.isPending }}
    >
      {results ? (
        <>
          <p role="status" className={batchClasses.sum}>{results.length > 0 ? t('keys.placed', { count: placed, placed, total: results.length }) : t('keys.placeNobody')}</p>
          {results.length > 0 && (
            <div className={batchClasses.scroll} tabIndex={0} role="region" aria-label={t('keys.placeResults')}>
              <table className={batchClasses.table}>
                <thead><tr><th scope="col">{t('noun.service')}</th><th scope="col">{t('batch.outcome')}</th></tr></thead>
                <tbody>
                  {results.map((each) => (
                    <tr key={each.service_id}>
                      <td>{each.name}</td>
                      <td>
                        <Mark tone={each.placed ? 'online' : 'warn'}>{each.placed ? t('keys.isPlaced') : t('keys.notPlaced')}</Mark>
                        {each.reason && <span className={batchClasses.reason}>{each.reason}</span>}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          <div className={questionClasses.actions}><Button onClick={close} data-autofocus>{t('dialog.close')}</Button></div>
        </>
      ) : (
        <div className={formClasses.form}>
          <p className={formClasses.note}>{t('keys.placeLead', { count: behind })}</p>
          <p className={formClasses.note}>{t('keys.placeNote')}</p>
          {place.isError && <Problem error={place.error} />}
          <div className={formClasses.buttons}>
            <Button variant="default" disabled={place.isPending} onClick={close}>{t('dialog.cancel')}</Button>
            <Button loading={place.isPending} data-autofocus onClick={() => place.mutate()}>{t('keys.placeVerb')}</Button>
          </div>
        </div>
      )}
    </Modal>
  );
}

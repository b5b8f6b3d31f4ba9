// What lies between: each leaf that is wished and not reported so, who wished it and when.

import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { changeDesired } from '../api/calls';
import { twinHistoryQuery, twinQuery } from '../api/queries';
import type { Twin, TwinChange, TwinLeaf } from '../api/types';
import { Ago } from '../ui/Ago';
import { shown } from '../ui/JsonTree';
import { Card } from '../ui/Page';
import { Mark } from '../ui/State';
import { useNotify } from '../ui/notify';
import classes from './Devices.module.css';
import { leafPatch, touches } from './patch';

/** The control plane names no more leaves. */
const MAX_LEAVES = 200;

/** Of what was wished so much is looked at for who set a leaf. */
const LOOKED_AT = 500;

interface TwinDifferenceProps {
  device: string;
  twin: Twin;
  operate: boolean;
}

export function TwinDifference({ device, twin, operate }: TwinDifferenceProps) {
  const { t } = useTranslation();
  const { difference, differs_since, desired } = twin;
  const wishes = useQuery({ ...twinHistoryQuery(device, { part: 'desired', limit: LOOKED_AT }), enabled: difference.length > 0 }).data?.items ?? [];
  const change = useChange(device, twin);

  if (difference.length === 0) {
    // That nothing is desired is said where it can be changed.
    if (Object.keys(desired.value).length === 0) return null;
    return (
      <Card>
        <p className={classes.verdict}><IconCircleCheck size={20} className={classes.good} aria-hidden />{t('twin.same')}</p>
      </Card>
    );
  }
  return (
    <Card
      title={t('twin.differences', { count: difference.length })}
      aside={differs_since && <Mark tone="warn"><span>{t('twin.differsSince')} <Ago at={differs_since} /></span></Mark>}
    >
      <div role="table" aria-label={t('twin.differences', { count: difference.length })} className={classes.leaves}>
        <div role="row" className={classes.leafHead}>
          {(['where', 'wished', 'reported', 'by'] as const).map((column) => <span key={column} role="columnheader">{t(`twin.column.${column}`)}</span>)}
          <span role="columnheader"><span className="ew-hidden">{t('noun.actions')}</span></span>
        </div>
        {difference.map((leaf) => <Row key={JSON.stringify(leaf.path)} leaf={leaf} by={wishes.find(({ patch }) => touches(patch, leaf.path))} operate={operate} change={change} />)}
      </div>
      {difference.length >= MAX_LEAVES && <p className="ew-muted">{t('twin.moreLeaves', { max: MAX_LEAVES })}</p>}
    </Card>
  );
}

interface RowProps {
  leaf: TwinLeaf;
  by: TwinChange | undefined;
  operate: boolean;
  change: ReturnType<typeof useChange>;
}

function Row({ leaf: { path, desired, reported }, by, operate, change }: RowProps) {
  const { t } = useTranslation();
  const place = path.join(' › ');
  return (
    <div role="row" className={classes.leaf}>
      <span role="rowheader" className={classes.path} data-verbatim>{place}</span>
      <span role="cell" className={classes.cell}><span className={classes.cellLabel} aria-hidden>{t('twin.column.wished')}</span><span className={classes.json} data-verbatim>{shown(desired)}</span></span>
      <span role="cell" className={classes.cell}>
        <span className={classes.cellLabel} aria-hidden>{t('twin.column.reported')}</span>
        {reported === undefined ? <span className="ew-muted">{t('twin.absent')}</span> : <span className={classes.json} data-verbatim>{shown(reported)}</span>}
      </span>
      <span role="cell" className={classes.cell}>
        <span className={classes.cellLabel} aria-hidden>{t('twin.column.by')}</span>
        {by ? <>{by.writer}, <Ago at={by.at} /></> : <span className="ew-muted">–</span>}
      </span>
      <span role="cell" className={classes.leafActions}>
        <Link to="." search={{ tab: 'twin', part: 'desired', path: `/${path.map((name) => name.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}` } as never} hash="history" resetScroll={false} className="ew-link">{t('twin.historyOf')}</Link>
        {operate && (
          <>
            {reported !== undefined && (
              <Button size="compact-sm" variant="default" disabled={change.isPending} aria-label={t('twin.acceptWhat', { what: place })} onClick={() => change.mutate(leafPatch(path, reported))}>{t('twin.accept')}</Button>
            )}
            <Button size="compact-sm" variant="default" disabled={change.isPending} aria-label={t('twin.dropWhat', { what: place })} onClick={() => change.mutate(leafPatch(path, null))}>{t('twin.drop')}</Button>
          </>
        )}
      </span>
    </div>
  );
}

/** Changes one leaf of what is wished, if nobody has written since it was shown. */
function useChange(device: string, twin: Twin) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { say, refused } = useNotify();
  return useMutation({
    mutationFn: (patch: Parameters<typeof changeDesired>[1]) => changeDesired(device, patch, twin.desired.version),
    onSuccess: (written) => {
      queryClient.setQueryData(twinQuery(device).queryKey, written);
      say(t('twin.saved'));
    },
    onError: refused,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['twins'] }),
  });
}

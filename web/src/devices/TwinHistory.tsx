// Who wrote what of the twin, and when: the newest first.

import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { twinHistoryQuery } from '../api/queries';
import type { TwinChange, TwinPart } from '../api/types';
import type { DeviceSearch } from '../router';
import { Ago } from '../ui/Ago';
import { useListSearch } from '../ui/list';
import { shown } from '../ui/JsonTree';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { Tag } from '../ui/State';
import classes from './Devices.module.css';
import { patchLeaves } from './patch';

const FIRST = 20;
const MOST = 500;
const TYPING_MS = 400;

/** Of the leaves of a change so many are shown; the rest unfolds. */
const LEAVES = 4;

export function TwinHistory({ device }: { device: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { part, path } = useListSearch<DeviceSearch>().search;
  const [whole, setWhole] = useState(false);
  const [typed, setTyped] = useState(path ?? '');
  // The address changes from elsewhere too.
  useEffect(() => setTyped((now) => (asPath(now) === path ? now : (path ?? ''))), [path]);
  const go = (by: { part?: TwinPart; path?: string }) => void navigate({ to: '.', search: ((before: object) => ({ ...before, tab: 'twin', ...by })) as never, replace: true, resetScroll: false });
  const narrow = useDebouncedCallback((text: string) => go({ path: asPath(text), ...(asPath(text) && !part ? { part: 'desired' as const } : {}) }), TYPING_MS);
  // A place needs a side.
  const query = useQuery(twinHistoryQuery(device, { part, path: part ? path : undefined, limit: whole ? MOST : FIRST + 1 }));
  const items = query.data?.items ?? [];
  const list = whole ? items : items.slice(0, FIRST);

  return (
    <Card title={<span id="history">{t('twin.history')}</span>}>
      <div className={classes.bar}>
        <NativeSelect
          aria-label={t('twin.part')} value={part ?? ''} onChange={(event) => go({ part: (event.currentTarget.value || undefined) as TwinPart | undefined, ...(event.currentTarget.value ? {} : { path: undefined }) })}
          data={[{ value: '', label: t('twin.both') }, { value: 'desired', label: t('twin.desired') }, { value: 'reported', label: t('twin.reported') }]}
        />
        <TextInput
          className={classes.pathField} aria-label={t('twin.path')} placeholder={t('twin.pathExample')} value={typed} spellCheck={false} autoCapitalize="off" autoComplete="off"
          onChange={(event) => { setTyped(event.currentTarget.value); narrow(event.currentTarget.value); }}
        />
        {(part || path) && <Button variant="subtle" color="gray" size="compact-sm" onClick={() => go({ part: undefined, path: undefined })}>{t('filter.clear')}</Button>}
      </div>
      {query.isError && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Waiting rows={3} height={40} />}
      {query.isSuccess && items.length === 0 && <p className={classes.text}>{part || path ? t('twin.noHistoryFound') : t('twin.noHistory')}</p>}
      <ol className={classes.rows} data-faded={query.isPlaceholderData || undefined}>
        {list.map((change) => <Written key={`${change.part} ${change.version}`} change={change} />)}
      </ol>
      {!whole && items.length > FIRST && <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setWhole(true)}>{t('twin.wholeHistory')}</Button>}
    </Card>
  );
}

/** `snaps/pump` as `/snaps/pump`; nothing for nothing. */
function asPath(text: string): string | undefined {
  const trimmed = text.trim().replace(/\/$/, '');
  return trimmed ? (trimmed.startsWith('/') ? trimmed : `/${trimmed}`) : undefined;
}

function Written({ change: { part, version, at, writer, patch } }: { change: TwinChange }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const leaves = patchLeaves(patch);
  const list = whole ? leaves : leaves.slice(0, LEAVES);
  return (
    <li className={classes.change}>
      <div className={classes.changeHead}>
        <Tag>{t(`twin.${part}`)}</Tag>
        <strong>{part === 'reported' ? t('twin.byDevice') : writer}</strong>
        <span className="ew-muted"><Ago at={at} /> · {t('twin.version', { version })}</span>
        <span className={classes.fill} />
        <Link to="." search={((before: object) => ({ ...before, at })) as never} hash="then" resetScroll={false} className="ew-link" aria-label={t('twin.thenOf', { version })}>{t('twin.showThen')}</Link>
      </div>
      <ul className={classes.changed}>
        {list.map(({ path, value }) => (
          <li key={JSON.stringify(path)} data-verbatim>
            <span>{path.join(' › ')}</span>{' '}
            {value === undefined ? <span className={classes.gone}>{t('twin.removed')}</span> : <span className={classes.json}>{clip(shown(value))}</span>}
          </li>
        ))}
      </ul>
      {leaves.length > LEAVES && (
        <Button variant="subtle" color="gray" size="compact-xs" onClick={() => setWhole(!whole)}>{whole ? t('twin.fewerLeaves') : t('twin.allLeaves', { count: leaves.length - LEAVES })}</Button>
      )}
    </li>
  );
}

/** Long values are cut: the twin then shows them whole. */
const clip = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

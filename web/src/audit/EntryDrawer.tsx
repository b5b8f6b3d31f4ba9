// One entry: who, what, to what, from where, and what it changed. Its number is the part of the address after `#`.

import { Button, Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { auditQuery, sessionQuery } from '../api/queries';
import type { Entry } from '../api/types';
import type { AuditSearch } from '../router';
import { CopyText } from '../ui/Copy';
import type { ListState } from '../ui/list';
import { Facts, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { scopeName } from '../ui/scope';
import { exact } from '../ui/time';
import classes from './Audit.module.css';
import { Difference } from './Difference';
import { ObjectLink } from './ObjectLink';
import { OutcomeMark } from './OutcomeMark';
import { actionWords } from './words';

interface EntryDrawerProps {
  number: number | undefined;
  /** Those of the page; one of another page is asked for. */
  shown: Entry[];
  state: ListState<AuditSearch>;
  onClose: () => void;
}

export function EntryDrawer({ number, shown, state, onClose }: EntryDrawerProps) {
  const { t } = useTranslation();
  const here = shown.find((entry) => entry.number === number);
  const asked = useQuery({ ...auditQuery({ before: (number ?? 0) + 1, limit: 1 }), enabled: number !== undefined && !here, placeholderData: undefined });
  const found = asked.data?.items[0];
  const entry = here ?? (found?.number === number ? found : undefined);
  return (
    <Drawer
      opened={number !== undefined} onClose={onClose} position="right" size={640}
      title={entry ? actionWords(t, entry.action) : t('audit.entry', { number })} classNames={{ title: classes.drawerTitle }}
      closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {entry ? (
        <Shown entry={entry} state={state} />
      ) : asked.isError ? (
        <Problem error={asked.error} retry={() => void asked.refetch()} />
      ) : asked.isSuccess ? (
        <p className="ew-muted">{t('audit.noEntry')}</p>
      ) : (
        <Waiting rows={6} height={40} />
      )}
    </Drawer>
  );
}

function Shown({ entry, state }: { entry: Entry; state: ListState<AuditSearch> }) {
  const { t, i18n } = useTranslation();
  const session = useQuery(sessionQuery).data;
  const place = entry.project_id
    ? scopeName(session, { project: entry.project_id })
    : entry.organisation_id && scopeName(session, { organisation: entry.organisation_id });
  // Narrowing leaves the entry, and what was asked before it.
  const only = (by: Partial<AuditSearch>) => state.change(by);
  const items: [string, React.ReactNode][] = [
    [t('audit.outcome'), <span key="o"><OutcomeMark outcome={entry.outcome} />{entry.reason && <span className={classes.reason}> {entry.reason}</span>}</span>],
    [t('audit.at'), <time key="t" dateTime={entry.at}>{exact(entry.at, i18n.language)}</time>],
    [t('audit.author'), (
      <span key="a" className={classes.lines}>
        <span>{entry.author_name || '–'} <span className="ew-muted">· {t(`audit.kind.${entry.author_kind}`)}</span></span>
        {entry.author_id && <CopyText text={entry.author_id} what={t('noun.id')} />}
        {entry.author_id && (
          <Button variant="subtle" size="compact-xs" onClick={() => only({ author: entry.author_id ?? undefined })}>{t('audit.onlyAuthor')}</Button>
        )}
      </span>
    )],
    [t('audit.object'), (
      <span key="ob" className={classes.lines}>
        <span><ObjectLink entry={entry} /></span>
        {entry.object_id && <CopyText text={entry.object_id} what={t('noun.id')} />}
        {entry.object_id && (
          <Button variant="subtle" size="compact-xs" onClick={() => only({ object: entry.object_id ?? undefined })}>{t('audit.onlyObject')}</Button>
        )}
      </span>
    )],
    [t('audit.action'), <span key="ac" className="ew-mono">{entry.action}</span>],
  ];
  if (entry.organisation_id) items.push([t('audit.place'), place ?? (entry.project_id ?? entry.organisation_id).slice(0, 8)]);
  if (entry.address) items.push([t('noun.address'), <CopyText key="ad" text={entry.address} what={t('noun.address')} />]);
  if (entry.request_id) items.push([t('audit.request'), <CopyText key="r" text={entry.request_id} what={t('audit.request')} />]);
  return (
    <div className={classes.entry}>
      <Facts items={items} />
      <h3>{t('audit.changes')}</h3>
      <Difference before={entry.before} after={entry.after} />
      <details className={classes.chain}>
        <summary>{t('audit.chain', { number: entry.number })}</summary>
        <Facts
          items={[
            [t('audit.hash'), <CopyText key="h" text={entry.hash} what={t('audit.hash')} />],
            [t('audit.previous'), <CopyText key="p" text={entry.previous} what={t('audit.previous')} />],
          ]}
        />
      </details>
    </div>
  );
}

// What was done to a service lately, out of the audit log.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { auditQuery } from '../api/queries';
import type { Service } from '../api/types';
import { OutcomeMark } from '../audit/OutcomeMark';
import { EVERYWHERE, useAuditLink } from '../audit/link';
import { actionWords } from '../audit/words';
import { Ago } from '../ui/Ago';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import classes from './ServicePage.module.css';

const SHOWN = 6;

/** Nothing for whoever may not read the log. */
export function ChangesCard({ service: { id, project_id, organisation_id } }: { service: Service }) {
  const { t } = useTranslation();
  const may = useAuditLink({ project: project_id, organisation: organisation_id });
  const entries = useQuery({ ...auditQuery({ object: id, limit: SHOWN }), enabled: may });
  if (!may) return null;
  const items = entries.data?.items ?? [];
  const all = { object: id, ...EVERYWHERE };
  return (
    <Card title={t('service.changes')} aside={<Link to="/audit" search={all} className="ew-link">{t('audit.ofThis')}</Link>}>
      {entries.isPending && <Waiting rows={1} height={60} />}
      {entries.isError && <Problem error={entries.error} retry={() => void entries.refetch()} />}
      {entries.data && items.length === 0 && <p className={classes.quiet}>{t('service.noChanges')}</p>}
      {items.length > 0 && (
        <ul className={classes.changes}>
          {items.map((entry) => (
            <li key={entry.number}>
              <Link to="/audit" search={all} hash={String(entry.number)} className="ew-link">{actionWords(t, entry.action)}</Link>
              {entry.outcome !== 'done' && <OutcomeMark outcome={entry.outcome} />}
              <span className="ew-muted">{entry.author_name || t(`audit.kind.${entry.author_kind}`)}</span>
              <span className="ew-muted"><Ago at={entry.at} /></span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

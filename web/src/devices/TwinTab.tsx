// The twin: what lies between wish and report, both beside each other, who wrote what when, and how it was.

import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Ago } from '../ui/Ago';
import { JsonTree } from '../ui/JsonTree';
import { Card } from '../ui/Page';
import type { TwinDocument } from '../api/types';
import { DesiredEditor, hasDraft } from './DesiredEditor';
import type { DeviceProps } from './DevicePage';
import classes from './Devices.module.css';
import { TwinDifference } from './TwinDifference';
import { TwinHistory } from './TwinHistory';
import { TwinThen } from './TwinThen';

export function TwinTab({ agent, twin, operate }: DeviceProps) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(() => operate && hasDraft(agent.id));
  const { reported, desired } = twin;
  const differing = new Set(twin.difference.map(({ path }) => JSON.stringify(path)));
  const marked = (path: string[]) => differing.has(JSON.stringify(path));
  const nothing = Object.keys(desired.value).length === 0;
  return (
    <>
      <TwinDifference device={agent.id} twin={twin} operate={operate} />
      <div className={classes.columns} data-even>
        <Card title={t('twin.desired')} aside={<Written document={desired} />}>
          {editing ? (
            <DesiredEditor device={agent.id} desired={desired} onClose={() => setEditing(false)} />
          ) : (
            <>
              {nothing ? <p className={classes.text}>{operate ? t('twin.noDesired') : t('twin.noDesiredViewer')}</p> : <JsonTree value={desired.value} open={3} marked={marked} />}
              {operate && <Button variant="default" className={classes.edit} onClick={() => setEditing(true)}>{nothing ? t('twin.wishSomething') : t('twin.edit')}</Button>}
            </>
          )}
        </Card>
        <Card title={t('twin.reported')} aside={<Written document={reported} />}>
          {reported.version === 0 ? <p className={classes.text}>{t('twin.noReported')}</p> : <JsonTree value={reported.value} open={1} marked={marked} />}
        </Card>
      </div>
      <TwinHistory device={agent.id} />
      <TwinThen device={agent.id} />
    </>
  );
}

export function Written({ document: { version, at } }: { document: TwinDocument }) {
  const { t } = useTranslation();
  if (version === 0) return <span className="ew-muted">{t('twin.never')}</span>;
  return <span className="ew-muted">{t('twin.version', { version })}{at && <> · <Ago at={at} /></>}</span>;
}

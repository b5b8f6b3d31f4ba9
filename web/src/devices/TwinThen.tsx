// What the twin was at a moment: the moment is a part of the address.

import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { twinThenQuery } from '../api/queries';
import type { DeviceSearch } from '../router';
import { JsonTree } from '../ui/JsonTree';
import { useListSearch } from '../ui/list';
import { Card, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import { exact } from '../ui/time';
import classes from './Devices.module.css';
import { Written } from './TwinTab';

export function TwinThen({ device }: { device: string }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { at } = useListSearch<DeviceSearch>().search;
  const moment = at && !Number.isNaN(Date.parse(at)) ? at : undefined;
  const then = useQuery({ ...twinThenQuery(device, moment ?? ''), enabled: !!moment });
  const choose = (typed: string) => {
    const chosen = new Date(typed);
    const next = typed && !Number.isNaN(chosen.getTime()) ? chosen.toISOString() : undefined;
    void navigate({ to: '.', search: ((before: object) => ({ ...before, tab: 'twin', at: next })) as never, replace: true, resetScroll: false });
  };
  return (
    <Card title={<span id="then">{t('twin.then')}</span>} aside={moment && <span className="ew-muted">{exact(moment, i18n.language)}</span>}>
      <div className={classes.bar}>
        <TextInput type="datetime-local" step={1} label={t('twin.moment')} description={t('twin.momentNote')} value={moment ? local(moment) : ''} onChange={(event) => choose(event.currentTarget.value)} />
      </div>
      {then.isError && <Problem error={then.error} retry={() => void then.refetch()} />}
      {moment && then.isPending && <Waiting rows={2} height={60} />}
      {then.data && (
        <div className={classes.columns} data-even>
          {(['desired', 'reported'] as const).map((part) => (
            <section key={part} aria-label={t(`twin.${part}`)}>
              <h3 className={classes.side}>{t(`twin.${part}`)} <Written document={then.data[part]} /></h3>
              {Object.keys(then.data[part].value).length === 0 ? <p className={classes.text}>{t('twin.nothingThen')}</p> : <JsonTree value={then.data[part].value} open={part === 'desired' ? 3 : 1} />}
            </section>
          ))}
        </div>
      )}
    </Card>
  );
}

/** As a field for date and time takes it, in the viewer's zone. */
function local(at: string): string {
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

// The first steps: from the administrator, who exists, to the first device. Which step is open is in the
// address; what is done shows from how things are, so that it is the same whoever looks and whenever.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../api/permissions';
import { agentsQuery, organisationsQuery, settingsQuery } from '../api/queries';
import { NotFound } from '../frame/Trouble';
import { useFinish } from '../overview/finish';
import { RootAddressStep } from './RootAddressStep';
import { Page, Waiting } from '../ui/Page';
import { Problem } from '../ui/Problem';
import classes from './Guide.module.css';
import { DeviceStep } from './DeviceStep';
import { PlaceStep, isUntouched } from './PlaceStep';
import { STEPS, type Step } from './steps';

const route = getRouteApi('/frame/welcome');

export function GuidePage() {
  const { t } = useTranslation();
  const mayManage = useCan()('manage_settings', 'system');
  if (!mayManage) return <NotFound />;
  return (
    <Page title={t('guide.title')} lead={t('guide.lead')} narrow actions={<Finish verb={t('guide.skipAll')} variant="subtle" />}>
      <Steps />
    </Page>
  );
}

function Steps() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { step } = route.useSearch();
  const settings = useQuery(settingsQuery);
  const organisations = useQuery(organisationsQuery);
  const agents = useQuery(agentsQuery({ limit: 1 }));
  const failed = [settings, organisations, agents].find(({ isError }) => isError);
  if (failed) return <Problem error={failed.error} retry={() => void failed.refetch()} />;
  if (!settings.data || !organisations.data || !agents.data) return <Waiting rows={4} height={64} />;

  const done: Record<Step, boolean> = {
    administrator: true,
    address: settings.data.root_address.source !== 'listening',
    place: !isUntouched(organisations.data.items),
    device: agents.data.total > 0,
  };
  const open = step ?? STEPS.find((each) => !done[each]) ?? 'device';
  const go = (to: Step) => void navigate({ to: '/welcome', search: { step: to } });
  const after = (of: Step) => STEPS[STEPS.indexOf(of) + 1];

  return (
    <ol className={classes.steps}>
      {STEPS.map((each, index) => {
        const next = after(each);
        return (
          <li key={each} className={classes.step} data-open={each === open || undefined} aria-current={each === open ? 'step' : undefined}>
            <div className={classes.head}>
              <span className={classes.mark} data-done={done[each] || undefined} aria-hidden>
                {done[each] ? <IconCheck size={16} stroke={2.6} /> : index + 1}
              </span>
              <h2>
                {each === open || each === 'administrator' ? (
                  t(`guide.step.${each}`)
                ) : (
                  <Link to="/welcome" search={{ step: each }}>{t(`guide.step.${each}`)}</Link>
                )}
              </h2>
              <span className={classes.state}>{done[each] ? t('guide.done') : t('guide.todo')}</span>
            </div>
            {each === 'administrator' && <p className={classes.body}>{t('guide.administrator')}</p>}
            {each === open && each !== 'administrator' && (
              <div className={classes.body}>
                {each === 'address' && <RootAddressStep address={settings.data.root_address} onNext={() => go('place')} />}
                {each === 'place' && <PlaceStep organisations={organisations.data.items} onNext={() => go('device')} />}
                {each === 'device' && <DeviceStep organisations={organisations.data.items} />}
                <div className={classes.foot}>
                  {next ? (
                    <Button variant={done[each] ? 'default' : 'subtle'} color="gray" onClick={() => go(next)}>
                      {done[each] ? t('guide.next') : t('guide.skip')}
                    </Button>
                  ) : (
                    <Finish verb={t('guide.finish')} variant="default" />
                  )}
                </div>
              </div>
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** Ends the guide for the whole installation; the settings lead back to it. */
export function Finish({ verb, variant }: { verb: string; variant: 'subtle' | 'default' }) {
  const navigate = useNavigate();
  const finish = useFinish(() => void navigate({ to: '/' }));
  return (
    <div>
      {finish.isError && <Problem error={finish.error} />}
      <Button variant={variant} color={variant === 'subtle' ? 'gray' : undefined} loading={finish.isPending} onClick={() => finish.mutate()}>{verb}</Button>
    </div>
  );
}

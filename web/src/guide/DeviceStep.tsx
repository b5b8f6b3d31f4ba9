// The first device: a line to paste, and the device as it arrives.

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Organisation } from '../api/types';
import { MadeSteps, useNewToken } from '../join/NewToken';
import { Problem } from '../ui/Problem';
import classes from './Guide.module.css';

const LIFETIME_S = 24 * 3_600;

export function DeviceStep({ organisations }: { organisations: Organisation[] }) {
  const { t } = useTranslation();
  const { make, before } = useNewToken();
  const organisation = organisations.find(({ projects }) => projects.length > 0);
  const project = organisation?.projects[0];
  if (make.data && before) return <MadeSteps token={make.data} before={before} />;
  return (
    <>
      <p className={classes.lead}>
        {organisation && project ? t('guide.deviceLead', { place: `${organisation.name} / ${project.name}` }) : t('guide.deviceLeadNowhere')}
      </p>
      {make.isError && <Problem error={make.error} />}
      <div className={classes.buttons}>
        <Button
          loading={make.isPending}
          onClick={() => make.mutate({ uses: 1, expires_in_s: LIFETIME_S, ...(project ? { project_id: project.id } : {}) })}
        >
          {t('guide.makeLine')}
        </Button>
        <Link to="/join" className="ew-link">{t('guide.moreDevices')}</Link>
      </div>
    </>
  );
}

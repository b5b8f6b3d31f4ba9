// What the last look at a service found: whether it accepts us and, if not, what to put right where.

import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { proveService } from '../api/calls';
import { serviceQuery } from '../api/queries';
import type { FindingWeight, Service } from '../api/types';
import { Ago } from '../ui/Ago';
import { Coded } from '../ui/Coded';
import { Card } from '../ui/Page';
import { Problem } from '../ui/Problem';
import classes from './CheckCard.module.css';
import { recognised, useFindingWords } from './findings';
import { KeyGuide } from './KeyGuide';

const ICON = { good: IconCircleCheck, warning: IconAlertTriangle, bad: IconCircleX } as const satisfies Record<FindingWeight, unknown>;

/** What the key file is behind; of some, how it gets there is all that there is to say. */
const ABSENT = ['no_key_file', 'key_file_or_key'];
const ABOUT_KEY = [...ABSENT, 'other_file_name', 'other_key'];

export function CheckCard({ service, mayProve }: { service: Service; mayProve: boolean }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const words = useFindingWords();
  const prove = useMutation({
    mutationFn: () => proveService(service.id),
    onSuccess: (proven) => {
      queryClient.setQueryData(serviceQuery(service.id).queryKey, proven);
      void queryClient.invalidateQueries({ queryKey: ['services', 'list'] });
    },
  });
  const { check } = service;
  const finding = check?.finding;
  const weight = finding?.weight ?? (check?.answers ? 'good' : 'bad');
  const Icon = ICON[weight];
  const said = finding && words(finding);
  const guided = mayProve && !prove.isPending && !!finding && ABOUT_KEY.includes(finding.code);
  return (
    <Card
      title={t('serviceCheck.title')}
      aside={mayProve && (
        <Button variant="default" size="compact-sm" loading={prove.isPending} leftSection={<IconRefresh size={15} aria-hidden />} onClick={() => prove.mutate()}>
          {check ? t('serviceCheck.again') : t('serviceCheck.now')}
        </Button>
      )}
    >
      {prove.isError && <Problem error={prove.error} />}
      <div role="status" className={classes.check}>
        {prove.isPending && <span className="ew-muted">{t('serviceForm.proving')}</span>}
        {!prove.isPending && !check && <span className="ew-muted">{service.authentication === 'none' ? t('serviceCheck.neverNone') : t('serviceCheck.never')}</span>}
        {!prove.isPending && check && (
          <>
            <Icon size={20} className={classes.icon} data-weight={weight} aria-hidden />
            <div className={classes.words}>
              <strong>{said?.message ?? (check.answers ? t('serviceCheck.answers') : t('serviceCheck.silent'))}</strong>
              {said?.fix && !(guided && ABSENT.includes(finding.code)) && <span><Coded text={said.fix} /></span>}
              <span className="ew-muted">{t('serviceCheck.at')} <Ago at={check.at} /></span>
            </div>
          </>
        )}
      </div>
      {guided && <div className={classes.guide}><KeyGuide kind={service.kind} file={recognised(finding.message)?.named.file} /></div>}
    </Card>
  );
}

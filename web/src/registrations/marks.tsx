// Where a registered device stands, and whether it is known to be the one that it says it is.

import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DeviceVerification, Registration, RegistrationStatus } from '../api/types';
import { Mark, Tag, type Tone } from '../ui/State';

export const STATUSES = ['waiting', 'enrolled', 'disabled'] as const satisfies RegistrationStatus[];

const STATUS_TONE: Record<RegistrationStatus, Tone> = { waiting: 'busy', enrolled: 'online', disabled: 'offline' };

export function StatusMark({ status }: { status: RegistrationStatus }) {
  const { t } = useTranslation();
  return <Mark tone={STATUS_TONE[status]}>{t(`registration.status.${status}`)}</Mark>;
}

const VERIFICATION_TONE: Record<DeviceVerification, Tone> = { pending: 'offline', verified: 'online', unverified: 'warn' };

export function VerificationMark({ verification }: { verification: DeviceVerification }) {
  const { t } = useTranslation();
  if (verification === 'pending') return <span className="ew-muted">{t('registration.verification.pending')}</span>;
  return <Mark tone={VERIFICATION_TONE[verification]}>{t(`registration.verification.${verification}`)}</Mark>;
}

/** Stands out where the identity was used from two places at once. */
export function ClashMark({ clash }: Pick<Registration, 'clash'>) {
  const { t } = useTranslation();
  if (!clash) return null;
  return (
    <Tooltip label={t('registration.clashNote', { addresses: clash.addresses })}>
      <span tabIndex={0}><Mark tone="failed">{t('registration.clash')}</Mark></span>
    </Tooltip>
  );
}

export function AutomaticTag({ automatic }: Pick<Registration, 'automatic'>) {
  const { t } = useTranslation();
  return automatic && <Tag>{t('registration.automatic')}</Tag>;
}

/** What a device is called before it has another name. */
export const identityText = ({ brand, model, serial }: Pick<Registration, 'brand' | 'model' | 'serial'>) => `${brand}/${model}/${serial}`;

import { useTranslation } from 'react-i18next';
import type { RootAddress } from '../api/types';
import { Fixed, RootAddressForm } from '../settings/RootAddress';
import classes from './Guide.module.css';

/** The address is tried before it is saved; saving leads on. */
export function RootAddressStep({ address, onNext }: { address: RootAddress; onNext: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <p className={classes.lead}>{t('settings.root.lead')}</p>
      {address.source === 'configuration' ? (
        <>
          <p className={classes.lead}>{t('guide.addressFixed', { url: address.url })}</p>
          <Fixed url={address.url} />
        </>
      ) : (
        <RootAddressForm address={address} verb={t('guide.saveAndNext')} onSaved={onNext} />
      )}
    </>
  );
}

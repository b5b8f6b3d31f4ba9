import { Page } from '../ui/Page';
import { useTranslation } from 'react-i18next';
import { NewToken } from './NewToken';
import { Tokens } from './Tokens';

export function JoinPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('nav.join')} lead={t('join.lead')} narrow>
      <NewToken />
      <Tokens />
    </Page>
  );
}

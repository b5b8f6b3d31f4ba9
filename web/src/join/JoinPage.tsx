import { useCan } from '../api/permissions';
import { NotFound } from '../frame/Trouble';
import { Page } from '../ui/Page';
import { useTranslation } from 'react-i18next';
import { NewToken } from './NewToken';
import { Tokens } from './Tokens';

export function JoinPage() {
  const { t } = useTranslation();
  const mayJoin = useCan()('manage_join_tokens');
  if (!mayJoin) return <NotFound />;
  return (
    <Page title={t('nav.join')} lead={t('join.lead')} narrow>
      <NewToken />
      <Tokens />
    </Page>
  );
}

import { useTranslation } from 'react-i18next';
import { Ago } from '../../ui/Ago';
import { Card } from '../../ui/Page';
import { Mark } from '../../ui/State';
import classes from './Explorer.module.css';
import { toneOf } from './exchange';
import type { Past } from './history';

interface HistoryCardProps {
  history: Past[];
  /** The number of the one whose answer is shown. */
  shown: number | undefined;
  onShow: (past: Past) => void;
}

/** The last calls: choosing one fills the form with it and shows its answer again, without sending anything. */
export function HistoryCard({ history, shown, onShow }: HistoryCardProps) {
  const { t } = useTranslation();
  if (history.length === 0) return null;
  return (
    <Card title={t('explorer.history')}>
      <p className={classes.lead}>{t('explorer.historyNote')}</p>
      <ul className={classes.history}>
        {history.map((past) => (
          <li key={past.number}>
            <button type="button" aria-pressed={past.number === shown} onClick={() => onShow(past)}>
              <Mark tone={toneOf(past.answer.status)}>{past.answer.status}</Mark>
              <span className={`ew-mono ${classes.call}`} data-verbatim>{past.typed.method} {past.typed.path}</span>
              <span className="ew-muted"><Ago at={past.at} /></span>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

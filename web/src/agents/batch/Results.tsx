// What became of each: filled while it runs, those that failed first.

import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Agent } from '../../api/types';
import { useProblemWords } from '../../ui/problem';
import { Mark } from '../../ui/State';
import confirmClasses from '../../ui/Question.module.css';
import type { AgentAct } from '../may';
import { agentName } from '../words';
import classes from './Batch.module.css';
import type { Result } from './run';

interface ResultsProps {
  act: AgentAct;
  total: number;
  results: Result[];
  running: boolean;
  onAgain: (failed: Agent[]) => void;
  onClose: () => void;
}

export function Results({ act, total, results, running, onAgain, onClose }: ResultsProps) {
  const { t, i18n } = useTranslation();
  const words = useProblemWords();
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const failed = results.filter(({ error }) => error);
  const sorted = running ? results : [...failed, ...results.filter(({ error }) => !error)];
  return (
    <>
      {running && <progress className={classes.progress} max={total} value={results.length} aria-label={t(`batch.running.${act}`)} />}
      <p role="status" className={classes.sum}>
        {running
          ? t('batch.progress', { done: number(results.length), total: number(total) })
          : failed.length === 0
            ? t(`batch.all.${act}`, { count: results.length })
            : t('batch.some', { count: failed.length, done: number(results.length - failed.length), failed: number(failed.length) })}
      </p>
      <div className={classes.scroll} tabIndex={0} role="region" aria-label={t('batch.results')}>
        <table className={classes.table}>
          <thead><tr><th scope="col">{t('noun.agent')}</th><th scope="col">{t('batch.outcome')}</th></tr></thead>
          <tbody>
            {sorted.map(({ agent, error }) => {
              const problem = error ? words(error) : undefined;
              return (
                <tr key={agent.id}>
                  <td>{agentName(agent)}</td>
                  <td>
                    <Mark tone={problem ? 'failed' : 'online'}>{problem ? t('batch.failed') : t('batch.done')}</Mark>
                    {problem && <span className={classes.reason}>{[problem.message, problem.hint].filter(Boolean).join(' – ')}</span>}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!running && (
        <div className={confirmClasses.actions}>
          {failed.length > 0 && (
            <Button variant="default" onClick={() => onAgain(failed.map(({ agent }) => agent))}>{t('batch.again', { count: failed.length })}</Button>
          )}
          <Button onClick={onClose} data-autofocus>{t('dialog.close')}</Button>
        </div>
      )}
    </>
  );
}

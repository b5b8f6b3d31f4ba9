import { Loader } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useProblemWords } from '../ui/problem';
import classes from './Settings.module.css';

interface TestResultProps {
  /** What is being tried; shown while it is. */
  pending?: string;
  error?: unknown;
  /** What went well; absent unless it did. */
  good?: string;
  /** What did not. */
  bad?: string;
  /** The server's own words: why it did not, or what is in the way nevertheless. */
  words?: string | null;
}

/** What came of a try: nothing until there was one. */
export function TestResult({ pending, error, good, bad, words }: TestResultProps) {
  const problem = useProblemWords();
  const failed = error ? problem(error) : undefined;
  const wrong = failed?.message ?? bad;
  const below = failed ? failed.hint : words;
  return (
    <div role="status" className={classes.test}>
      {pending ? (
        <p className={classes.result}><Loader size={15} />{pending}</p>
      ) : wrong ? (
        <div className={classes.result} data-tone="bad">
          <IconAlertTriangle size={18} aria-hidden />
          <div><strong>{wrong}</strong>{below && <p>{below}</p>}</div>
        </div>
      ) : (
        good && (
          <div className={classes.result} data-tone={words ? 'warn' : 'good'}>
            {words ? <IconAlertTriangle size={18} aria-hidden /> : <IconCircleCheck size={18} aria-hidden />}
            <div>{good}{words && <p>{words}</p>}</div>
          </div>
        )
      )}
    </div>
  );
}

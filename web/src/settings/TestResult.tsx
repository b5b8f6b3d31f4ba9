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
  /** What did not, with the server's own words below it. */
  bad?: string;
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
        good && <p className={classes.result} data-tone="good"><IconCircleCheck size={18} aria-hidden />{good}</p>
      )}
    </div>
  );
}

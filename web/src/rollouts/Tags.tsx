// Words that people give to devices and services, typed with those in use to choose from.

import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { tagUseQuery } from '../api/queries';
import classes from './Rollouts.module.css';
import { words } from './form';

/** Of those in use so many are offered. */
const OFFERED = 12;

interface WordsFieldProps {
  label: string;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  error?: React.ReactNode;
  onBlur?: () => void;
  autoFocus?: boolean;
  /** Those to choose from, with how many things have each. */
  used: { tag: string; count: number }[];
}

interface TagsFieldProps extends Omit<WordsFieldProps, 'used'> {
  /** Whose tags are offered. */
  scope: { organisation?: string; project?: string };
}

/** Tags of devices. */
export function TagsField({ scope, ...props }: TagsFieldProps) {
  const used = useQuery(tagUseQuery(scope)).data?.items ?? [];
  return <WordsField used={used.map(({ tag, devices }) => ({ tag, count: devices }))} {...props} />;
}

export function WordsField({ label, description, value, onChange, error, onBlur, autoFocus, used }: WordsFieldProps) {
  const { t } = useTranslation();
  const chosen = words(value);
  const offered = used.filter(({ tag }) => !chosen.includes(tag)).toSorted((a, b) => b.count - a.count).slice(0, OFFERED);
  return (
    <div className={classes.tagsField}>
      <TextInput
        data-autofocus={autoFocus || undefined} label={label} description={description} autoComplete="off" autoCapitalize="off" spellCheck={false}
        value={value} error={error} onBlur={onBlur} onChange={(event) => onChange(event.currentTarget.value)}
      />
      {offered.length > 0 && (
        <div className={classes.offered} role="group" aria-label={t('tags.inUse')}>
          {offered.map(({ tag, count }) => (
            <button key={tag} type="button" className={classes.offer} onClick={() => onChange([...chosen, tag].join(', '))}>
              <span data-verbatim>{tag}</span> <span className="ew-muted">{count}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

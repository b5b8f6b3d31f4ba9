// Words that people give to devices: shown, and typed with those in use to choose from.

import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { tagUseQuery } from '../api/queries';
import classes from './Rollouts.module.css';
import { words } from './form';

/** Of those in use so many are offered. */
const OFFERED = 12;

export function TagList({ tags, label }: { tags: string[]; label: string }) {
  return (
    <ul className={classes.tags} aria-label={label}>
      {tags.map((tag) => <li key={tag} data-verbatim>{tag}</li>)}
    </ul>
  );
}

interface TagsFieldProps {
  label: string;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  error?: React.ReactNode;
  onBlur?: () => void;
  autoFocus?: boolean;
  /** Whose tags are offered. */
  scope: { organisation?: string; project?: string };
}

export function TagsField({ label, description, value, onChange, error, onBlur, autoFocus, scope }: TagsFieldProps) {
  const { t } = useTranslation();
  const used = useQuery(tagUseQuery(scope)).data?.items ?? [];
  const chosen = words(value);
  const offered = used.filter(({ tag }) => !chosen.includes(tag)).toSorted((a, b) => b.devices - a.devices).slice(0, OFFERED);
  return (
    <div className={classes.tagsField}>
      <TextInput
        data-autofocus={autoFocus || undefined} label={label} description={description} autoComplete="off" autoCapitalize="off" spellCheck={false}
        value={value} error={error} onBlur={onBlur} onChange={(event) => onChange(event.currentTarget.value)}
      />
      {offered.length > 0 && (
        <div className={classes.offered} role="group" aria-label={t('tags.inUse')}>
          {offered.map(({ tag, devices }) => (
            <button key={tag} type="button" className={classes.offer} onClick={() => onChange([...chosen, tag].join(', '))}>
              <span data-verbatim>{tag}</span> <span className="ew-muted">{devices}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

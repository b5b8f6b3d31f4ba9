// A field for JSON: says while one types where it stops being JSON.

import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isObject, readJson } from './json';
import classes from './Json.module.css';

interface JsonFieldProps {
  label: string;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  /** What else is wrong, when it is JSON. */
  error?: string;
  rows?: number;
  autoFocus?: boolean;
  ref?: React.Ref<HTMLTextAreaElement>;
}

/** What is wrong with the text of an object, in words; undefined when nothing is. */
export function useJsonProblem(): (text: string) => string | undefined {
  const { t } = useTranslation();
  return (text) => {
    const typed = readJson(text);
    if ('line' in typed) return t('json.wrong', { line: typed.line, column: typed.column });
    return isObject(typed.value) ? undefined : t('json.noObject');
  };
}

export function JsonField({ label, description, value, onChange, error, rows = 10, autoFocus = false, ref }: JsonFieldProps) {
  const problem = useJsonProblem()(value);
  return (
    <Textarea
      ref={ref} label={label} description={description} rows={rows} resize="vertical" className={classes.code} spellCheck={false} autoComplete="off" autoCapitalize="off"
      data-autofocus={autoFocus || undefined} value={value} onChange={(event) => onChange(event.currentTarget.value)} error={problem ?? error}
    />
  );
}

// A new password: the rules stand below, and each gets its mark while one types.

import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { IconCircle, IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { PasswordRules } from '../api/types';
import classes from './PasswordField.module.css';
import { passwordParts } from './rules';

interface PasswordFieldProps extends PasswordInputProps {
  rules: PasswordRules;
  value: string;
}

export function PasswordField({ rules, value, ...props }: PasswordFieldProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      autoComplete="new-password"
      visibilityToggleButtonProps={{ 'aria-label': t('access.showPassword') }}
      value={value}
      description={
        <span className={classes.rules}>
          {passwordParts(rules, value).map(({ key, kept }) => (
            <span key={key} className={classes.rule} data-kept={kept || undefined}>
              {kept ? <IconCircleCheck size={14} aria-hidden /> : <IconCircle size={14} aria-hidden />}
              {t(`rule.part.${key}`, { min: rules.min_chars })}
              {kept && <span className="ew-hidden">{t('rule.kept')}</span>}
            </span>
          ))}
        </span>
      }
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      {...props}
    />
  );
}

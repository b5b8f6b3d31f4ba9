import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useCopy } from './copy';
import classes from './Copy.module.css';

/** A small button that copies; `what` names it for a screen reader. */
export function CopyIcon({ text, what }: { text: string; what: string }) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy();
  const label = copied ? t('copy.done') : t('copy.what', { what });
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={() => copy(text)}>
        {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}

interface CommandLineProps {
  text: string;
  autoFocus?: boolean;
  /** False for what is not a line for a terminal, such as a link or a token. */
  prompt?: boolean;
}

/** A line for a terminal, or a text to hand over, with a button that copies it. */
export function CommandLine({ text, autoFocus = false, prompt = true }: CommandLineProps) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy();
  return (
    <div className={classes.line}>
      <code className={classes.text} tabIndex={0}>
        {prompt && <span aria-hidden className={classes.prompt}>$ </span>}
        {text}
      </code>
      <Button
        variant="default"
        size="compact-sm"
        className={classes.button}
        data-autofocus={autoFocus || undefined}
        leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
        onClick={() => copy(text)}
      >
        <span aria-live="polite">{copied ? t('copy.done') : t('copy.line')}</span>
      </Button>
    </div>
  );
}

/** A long value that breaks anywhere, with its copy button. */
export function CopyText({ text, what }: { text: string; what: string }) {
  return (
    <span className={classes.value}>
      <span className="ew-mono">{text}</span>
      <CopyIcon text={text} what={what} />
    </span>
  );
}

// What became of each address: made, invited with a link to hand over, or refused and why.

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { IconAlertTriangle, IconCircleCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { CreatedUser } from '../api/types';
import { useCopy } from '../ui/copy';
import { refusalWords } from '../ui/problem';
import { LinkResult } from './LinkResult';
import classes from './People.module.css';

interface NewUsersDoneProps {
  results: CreatedUser[];
  onAgain: () => void;
  onClose: () => void;
}

export function NewUsersDone({ results, onAgain, onClose }: NewUsersDoneProps) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy();
  const made = results.filter(({ user }) => user).length;
  const links = results.flatMap(({ email, link }) => (link?.url ? [`${email}\t${link.url}`] : []));
  return (
    <>
      <p role="status">
        {t('newUsers.made', { count: made })}
        {made < results.length && ` ${t('newUsers.refused', { count: results.length - made })}`}
      </p>
      {links.length > 1 && (
        <p>
          <Button variant="default" size="compact-sm" leftSection={<IconCopy size={15} aria-hidden />} onClick={() => copy(links.join('\n'))}>
            <span aria-live="polite">{copied ? t('copy.done') : t('newUsers.copyAll')}</span>
          </Button>
        </p>
      )}
      <ul className={classes.results}>
        {results.map(({ email, user, error, link }) => (
          <li key={email}>
            <div className={classes.result}>
              {user ? <IconCircleCheck size={17} className={classes.good} aria-hidden /> : <IconAlertTriangle size={17} className={classes.bad} aria-hidden />}
              {user ? <Link to="/users/$id" params={{ id: user.id }} className="ew-link" onClick={onClose}>{email}</Link> : <strong>{email}</strong>}
            </div>
            {error && <span>{refusalWords(error)}</span>}
            {link && <LinkResult link={link} />}
          </li>
        ))}
      </ul>
      <div className={classes.buttons}>
        <Button variant="default" onClick={onAgain}>{t('newUsers.again')}</Button>
        <Button data-autofocus onClick={onClose}>{t('dialog.done')}</Button>
      </div>
    </>
  );
}

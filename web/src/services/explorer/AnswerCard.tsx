// What a service answered: as text, whatever it says that it is.

import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { CopyIcon } from '../../ui/Copy';
import { Card } from '../../ui/Page';
import { saveFile } from '../../ui/saveFile';
import { Mark } from '../../ui/State';
import classes from './Explorer.module.css';
import { headerOf, shownBody, toneOf } from './exchange';
import type { Past } from './history';

export function AnswerCard({ past: { typed, answer } }: { past: Past }) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const { status, headers, body, bytes, is_cut, took_ms } = answer;
  const shown = shownBody(answer);
  const location = status >= 300 && status < 400 ? headerOf(answer, 'location') : undefined;
  return (
    <Card
      title={t('explorer.answer')}
      aside={<span className={classes.sum}><Mark tone={toneOf(status)}>{status}</Mark><span>{t('explorer.took', { ms: number(took_ms) })}</span><span>{t('explorer.bytes', { count: bytes, bytes: number(bytes) })}</span></span>}
    >
      <p className={classes.asked} data-verbatim><span className="ew-mono">{typed.method} {typed.path}</span></p>
      {location && <p className={classes.note}>{t('explorer.redirect')} <code className="ew-code">{location}</code></p>}
      <details className={classes.headers}>
        <summary>{t('explorer.answerHeaders', { count: headers.length })}</summary>
        <dl data-verbatim>
          {headers.map(([name, value], index) => <div key={index}><dt>{name}</dt><dd>{value}</dd></div>)}
        </dl>
      </details>
      {is_cut && <p className={classes.note}>{t('explorer.cut', { bytes: number(bytes) })}</p>}
      {shown?.shortened && <p className={classes.note}>{t('explorer.shortened', { chars: number(shown.text.length) })}</p>}
      {shown ? (
        <>
          <pre className={classes.body} tabIndex={0} role="region" aria-label={t('explorer.answerBody')} data-verbatim>{shown.text}</pre>
          <div className={classes.tools}>
            <CopyIcon text={body ?? ''} what={t('explorer.answerBody')} />
            <Button variant="subtle" color="gray" size="compact-sm" leftSection={<IconDownload size={14} aria-hidden />} onClick={() => saveFile('answer.txt', body ?? '')}>{t('explorer.save')}</Button>
          </div>
        </>
      ) : (
        <p className={classes.note}>{bytes > 0 ? t('explorer.binary') : t('explorer.empty')}</p>
      )}
    </Card>
  );
}

// Below a list: which rows these are of how many, how many on a page, and the pages around.

import { Button, NativeSelect } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './Pager.module.css';
import { PAGE_SIZES, USUAL_PAGE_SIZE, type ListSearch, type ListState } from './search';
import type { ListAnswer } from './types';

interface PagerProps<S extends ListSearch> {
  answer: ListAnswer<unknown>;
  state: ListState<S>;
  /** After a step, the list's beginning is what one wants to see. */
  onStep: () => void;
}

export function Pager<S extends ListSearch>({ answer, state, onStep }: PagerProps<S>) {
  const { t, i18n } = useTranslation();
  const { page = 1, size = USUAL_PAGE_SIZE, before } = state.search;
  const { items, total, next } = answer;
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const pages = total === undefined ? undefined : Math.max(1, Math.ceil(total / size));
  const first = (page - 1) * size + 1;
  if (total !== undefined && total <= PAGE_SIZES[0] && page === 1) return null;
  if (total === undefined && !next && !before && items.length <= PAGE_SIZES[0]) return null;

  function step(by: ListSearch) {
    state.change(by as Partial<S>);
    onStep();
  }

  return (
    <nav className={classes.pager} aria-label={t('list.pages')}>
      <label className={classes.size}>
        <span>{t('list.size')}</span>
        <NativeSelect
          size="xs" value={String(size)} data={PAGE_SIZES.map((each) => ({ value: String(each), label: number(each) }))}
          onChange={(event) => step({ size: Number(event.currentTarget.value) === USUAL_PAGE_SIZE ? undefined : Number(event.currentTarget.value), page: undefined })}
        />
      </label>
      {total !== undefined && items.length > 0 && (
        <span className={classes.range}>{t('list.range', { first: number(first), last: number(first + items.length - 1), total: number(total) })}</span>
      )}
      <div className={classes.steps}>
        {total === undefined ? (
          before !== undefined && <Button variant="default" size="compact-md" onClick={() => step({ before: undefined })}>{t('list.newest')}</Button>
        ) : (
          <Button variant="default" size="compact-md" disabled={page <= 1} leftSection={<IconChevronLeft size={15} aria-hidden />} onClick={() => step({ page: page === 2 ? undefined : page - 1 })}>
            {t('list.previous')}
          </Button>
        )}
        {pages !== undefined && <span className={classes.range}>{t('list.page', { page: number(page), pages: number(pages) })}</span>}
        <Button
          variant="default" size="compact-md" rightSection={<IconChevronRight size={15} aria-hidden />}
          disabled={pages === undefined ? !next : page >= pages}
          onClick={() => step(pages === undefined ? { before: next ?? undefined } : { page: page + 1 })}
        >
          {t('list.next')}
        </Button>
      </div>
    </nav>
  );
}

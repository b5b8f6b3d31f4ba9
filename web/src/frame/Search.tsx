// Search over everything (Ctrl-K): pages, actions, organisations and projects at once; agents, services
// and users as the control plane finds them.

import { Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Search.module.css';
import { useFound, type Found } from './found';

const TYPING_MS = 150;

export function Search({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} withCloseButton={false} centered={false} padding={0} size={600} yOffset="10vh"
      attributes={{ content: { 'aria-label': t('search.open') } }} classNames={{ content: classes.content }}
    >
      {opened && <Finder onClose={onClose} />}
    </Modal>
  );
}

function Finder({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const id = useId();
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), TYPING_MS);
  const { groups, searching, failed } = useFound(typed.trim(), asked);
  const flat = groups.flatMap(({ found }) => found);
  const [at, setAt] = useState(0);
  const active = Math.min(at, flat.length - 1);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => setAt(0), [typed]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  function go(found: Found | undefined) {
    if (!found) return;
    onClose();
    if ('run' in found) found.run();
    else void navigate(found.link as never);
  }

  function pressed(event: React.KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && flat.length > 0) {
      event.preventDefault();
      setAt((active + step + flat.length) % flat.length);
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      go(flat[active]);
    }
  }

  let count = 0;
  return (
    <div>
      <TextInput
        data-autofocus size="md" variant="unstyled" className={classes.input} leftSection={<IconSearch size={18} aria-hidden />}
        role="combobox" aria-expanded aria-controls={`${id}-list`} aria-autocomplete="list"
        aria-activedescendant={flat[active] ? `${id}-${active}` : undefined}
        aria-label={t('search.open')} placeholder={t('search.placeholder')}
        value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onKeyDown={pressed}
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={t('search.results')} aria-busy={searching || undefined} className={classes.results}>
        {groups.map(({ key, found }) => (
          <div key={key} role="group" aria-labelledby={`${id}-${key}`}>
            <div id={`${id}-${key}`} role="presentation" className={classes.heading}>{t(`search.group.${key}`)}</div>
            {found.map((each) => {
              const index = count++;
              return (
                <div
                  key={each.key} id={`${id}-${index}`} role="option" aria-selected={index === active} className={classes.option}
                  onMouseMove={() => setAt(index)} onClick={() => go(each)}
                >
                  <each.Icon size={17} stroke={1.7} aria-hidden />
                  <span className={classes.name}>{each.name}</span>
                  {each.about && <span className={classes.about}>{each.about}</span>}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      <div className={classes.foot} role="status">
        {failed ? t('search.failed') : searching ? t('search.searching') : flat.length === 0 ? t('search.nothing', { text: typed.trim() }) : t('search.keys')}
      </div>
    </div>
  );
}

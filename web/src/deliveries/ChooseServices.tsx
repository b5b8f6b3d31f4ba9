// To which services a delivery goes: some of the template's project and kind, ticked; or all with a tag.

import { Button, Checkbox, NativeSelect, Radio, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Service } from '../api/types';
import { ServiceMark } from '../services/ServiceMark';
import { bearing } from '../services/tags';
import { TagList } from '../ui/TagList';
import classes from './Deliver.module.css';
import type { DeliverFields } from './form';

/** So many are shown; the rest is found by typing. */
const SHOWN = 100;

interface ChooseServicesProps {
  services: Service[];
  fields: Pick<DeliverFields, 'to' | 'chosen' | 'tag'>;
  onChange: (change: Partial<DeliverFields>) => void;
  errors: { chosen?: string; tag?: string };
}

export function ChooseServices({ services, fields: { to, chosen, tag }, onChange, errors }: ChooseServicesProps) {
  const { t } = useTranslation();
  const tags = bearing(services).toSorted((a, b) => a.tag.localeCompare(b.tag));
  return (
    <div className={classes.fields}>
      <Radio.Group aria-label={t('deliver.to')} value={to} onChange={(value) => onChange({ to: value as DeliverFields['to'] })}>
        <div className={classes.choices}>
          <Radio value="services" label={t('deliver.toServices')} />
          <Radio value="tag" label={t('deliver.toTag')} description={tags.length > 0 ? t('deliver.toTagNote') : t('deliver.noTag')} disabled={tags.length === 0} />
        </div>
      </Radio.Group>
      {to === 'tag' ? (
        <NativeSelect
          label={t('services.tag')} value={tag} error={errors.tag} onChange={(event) => onChange({ tag: event.currentTarget.value })}
          data={[{ value: '', label: t('deliver.chooseTag') }, ...tags.map(({ tag: each, count }) => ({ value: each, label: t('deliver.tagCount', { tag: each, count }) }))]}
        />
      ) : (
        <Ticked services={services} tags={tags.map((each) => each.tag)} chosen={chosen} onChange={(next) => onChange({ chosen: next })} error={errors.chosen} />
      )}
    </div>
  );
}

interface TickedProps {
  services: Service[];
  tags: string[];
  chosen: string[];
  onChange: (chosen: string[]) => void;
  error: string | undefined;
}

function Ticked({ services, tags, chosen, onChange, error }: TickedProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [tag, setTag] = useState('');
  const ticked = new Set(chosen);
  const wanted = text.trim().toLowerCase();
  const matching = services.filter((each) => (!wanted || each.name.toLowerCase().includes(wanted) || each.description.toLowerCase().includes(wanted)) && (!tag || each.tags.includes(tag)));
  // In the order of the list, whatever was ticked first.
  const tick = (next: Set<string>) => onChange(services.flatMap(({ id }) => (next.has(id) ? [id] : [])));
  const change = (ids: string[], on: boolean) => {
    const next = new Set(ticked);
    for (const id of ids) if (on) next.add(id); else next.delete(id);
    tick(next);
  };
  const left = matching.filter(({ id }) => !ticked.has(id));
  return (
    <>
      <div className={classes.filter}>
        <TextInput className={classes.grow} label={t('deliver.filter')} autoComplete="off" value={text} onChange={(event) => setText(event.currentTarget.value)} />
        {tags.length > 0 && (
          <NativeSelect label={t('deliver.withTag')} value={tag} onChange={(event) => setTag(event.currentTarget.value)} data={[{ value: '', label: t('deliver.anyTag') }, ...tags]} />
        )}
      </div>
      <div className={classes.between}>
        <strong role="status">{t('deliver.chosen', { count: chosen.length })}</strong>
        <span className={classes.buttons}>
          {left.length > 0 && <Button variant="default" size="compact-sm" onClick={() => change(left.map(({ id }) => id), true)}>{t('deliver.tickAll', { count: matching.length })}</Button>}
          {chosen.length > 0 && <Button variant="subtle" color="gray" size="compact-sm" onClick={() => onChange([])}>{t('list.unchoose')}</Button>}
        </span>
      </div>
      {error && <p className={classes.bad} role="alert">{error}</p>}
      <div className={classes.scroll} role="region" aria-label={t('nav.services')} tabIndex={0}>
        {matching.length === 0 && <p className={classes.nothing}>{t('deliver.noneMatches')}</p>}
        <ul className={classes.services}>
          {matching.slice(0, SHOWN).map((service) => (
            <li key={service.id}>
              <Checkbox
                label={service.name} checked={ticked.has(service.id)} aria-invalid={error ? true : undefined}
                onChange={(event) => change([service.id], event.currentTarget.checked)}
              />
              <ServiceMark service={service} />
              {service.tags.length > 0 && <TagList tags={service.tags} label={t('services.tags')} small />}
            </li>
          ))}
        </ul>
        {matching.length > SHOWN && <p className={classes.nothing}>{t('deliver.moreServices', { count: matching.length - SHOWN })}</p>}
      </div>
    </>
  );
}

// Devices that may enrol, have enrolled, or may not: registered one by one, from a list, or by themselves.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconClipboardList, IconFileImport, IconPlus } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '../api/client';
import { useCan } from '../api/permissions';
import { registrationsQuery } from '../api/queries';
import type { List as Answer, Registration, RegistrationFilter } from '../api/types';
import type { RegistrationsSearch } from '../router';
import { Ago } from '../ui/Ago';
import { List, NameCell, Quiet, asFilter, csv, download, linkClass, useListSearch, type ListColumn, type ListFilter } from '../ui/list';
import { useOpened } from '../ui/opened';
import { Page } from '../ui/Page';
import { useScopeFilters } from '../ui/scope';
import { ImportDrawer } from './ImportDrawer';
import { RegisterDrawer } from './RegisterDrawer';
import { RegistrationDrawer } from './RegistrationDrawer';
import classes from './Registrations.module.css';
import { AutomaticTag, ClashMark, STATUSES, StatusMark, VerificationMark } from './marks';

/** The most that one answer has. */
const MOST = 1000;

const born = ({ registered_at }: Registration) => registered_at;

export function RegistrationsPage() {
  const { t } = useTranslation();
  const state = useListSearch<RegistrationsSearch>();
  const { sort: _, direction: __, before: ___, make, ...search } = state.search;
  const registrations = useQuery(registrationsQuery(asFilter(search)));
  const scopeFilters = useScopeFilters();
  const may = useCan()('manage_registrations');
  const columns = useMemo(() => registrationColumns(t), [t]);
  const [open, show] = useOpened();
  const filters: ListFilter[] = [
    { key: 'status', label: t('noun.state'), options: STATUSES.map((value) => ({ value, label: t(`registration.status.${value}`) })) },
    { key: 'model', label: t('registration.model'), options: [], describe: String },
    ...scopeFilters,
  ];
  const close = () => state.change({ make: undefined }, { typing: true });
  const buttons = may && (
    <>
      <Button variant="default" leftSection={<IconFileImport size={16} aria-hidden />} onClick={() => state.change({ make: 'list' })}>{t('registration.import')}</Button>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => state.change({ make: 'one' })}>{t('registration.make')}</Button>
    </>
  );

  async function exportAll() {
    const { page: _page, size: _size, ...matching } = search;
    const found = await all(matching);
    download('edgeward-registrations.csv', csv([
      ['id', 'brand', 'model', 'serial', 'organisation', 'project', 'status', 'verification', 'verified by', 'registered', 'enrolled'],
      ...found.map((each) => [
        each.id, each.brand, each.model, each.serial, each.organisation_name, each.project_name, each.status, each.verification, each.verified_by, each.registered_at, each.enrolled_at,
      ]),
    ]));
  }

  return (
    <Page title={t('nav.registrations')} lead={t('registrations.lead')} actions={buttons}>
      <List
        name="registrations" label={t('nav.registrations')} state={state} query={registrations} columns={columns} filters={filters} textLabel={t('registrations.search')}
        born={born} exports={[{ label: 'CSV', run: exportAll }]}
        empty={{ icon: <IconClipboardList size={24} />, title: t('registrations.empty'), body: may ? t('registrations.emptyBody') : t('registrations.emptyBodyViewer'), action: may && <div className={classes.buttons}>{buttons}</div> }}
        noMatch={{ title: t('registrations.noneFound'), body: t('registrations.noneFoundBody') }}
      />
      <RegistrationDrawer id={open} shown={registrations.data?.items ?? []} onClose={() => show(undefined)} />
      {may && <RegisterDrawer opened={make === 'one'} onClose={close} />}
      {may && <ImportDrawer opened={make === 'list'} onClose={close} />}
    </Page>
  );
}

function registrationColumns(t: TFunction): ListColumn<Registration>[] {
  return [
    {
      key: 'serial', label: t('registration.serial'), width: 'minmax(170px, 1.6fr)', always: true, wide: true,
      cell: (each) => (
        <NameCell below={[each.brand, each.model].join(' / ')} beside={<AutomaticTag {...each} />}>
          <Link to="." search={true} hash={each.id} resetScroll={false} hashScrollIntoView={false} className={linkClass}>{each.serial}</Link>
        </NameCell>
      ),
    },
    { key: 'state', label: t('noun.state'), width: 'minmax(110px, 0.9fr)', cell: (each) => <div className={classes.marks}><StatusMark status={each.status} /><ClashMark clash={each.clash} /></div> },
    { key: 'verification', label: t('registration.verificationOf'), width: 'minmax(120px, 0.9fr)', cell: ({ verification }) => <VerificationMark verification={verification} /> },
    { key: 'project', label: t('noun.project'), width: 'minmax(110px, 1.1fr)', cell: (each) => <div className={classes.two}><span>{each.project_name}</span><Quiet>{each.organisation_name}</Quiet></div> },
    { key: 'registered', label: t('registration.registeredAt'), width: '116px', cell: ({ registered_at }) => <Quiet><Ago at={registered_at} /></Quiet> },
    { key: 'enrolled', label: t('registration.enrolledAt'), width: '116px', cell: ({ enrolled_at }) => <Quiet><Ago at={enrolled_at} /></Quiet> },
    { key: 'dialect', label: t('device.dialect'), width: '100px', optional: true, cell: ({ dialect }) => (dialect ? t(`device.dialects.${dialect}`) : '–') },
    { key: 'store', label: t('device.store'), width: '120px', optional: true, cell: ({ store }) => store || '–' },
    { key: 'id', label: t('noun.id'), width: '84px', optional: true, cell: ({ id }) => <span className="ew-mono" title={id}>{id.slice(0, 8)}</span> },
  ];
}

/** All that match, over all pages. */
async function all(filter: RegistrationFilter): Promise<Registration[]> {
  const found: Registration[] = [];
  for (;;) {
    const { items, total } = await get<Answer<Registration>>('/registrations', { ...filter, offset: found.length, limit: MOST });
    found.push(...items);
    if (items.length === 0 || found.length >= total) return found;
  }
}

// The columns of the list of edge services.

import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import classes from '../agents/AgentCells.module.css';
import type { Service } from '../api/types';
import { Ago } from '../ui/Ago';
import type { ListColumn } from '../ui/list';
import { TagList } from '../ui/TagList';
import { OpenButton } from './OpenButton';
import { ServiceMark } from './ServiceMark';
import { kindName } from './kinds';
import { awayOf } from './standing';

export function serviceColumns(t: TFunction): ListColumn<Service>[] {
  return [
    {
      key: 'name', label: t('noun.name'), width: 'minmax(160px, 1.7fr)', sort: 'name', always: true, wide: true,
      cell: ({ id, name, description }) => (
        <>
          <Link to="/services/$id" params={{ id }} className={classes.link}>{name}</Link>
          {description && <div className={classes.below} title={description}>{description}</div>}
        </>
      ),
    },
    { key: 'state', label: t('noun.state'), width: 'minmax(140px, 1.3fr)', cell: (service) => <ServiceMark service={service} detailed /> },
    { key: 'kind', label: t('noun.kind'), width: 'minmax(76px, 0.6fr)', sort: 'kind', cell: ({ kind }) => kindName(kind) },
    { key: 'version', label: t('noun.version'), width: 'minmax(70px, 0.6fr)', cell: ({ check }) => check?.version || <span className={classes.quiet}>–</span> },
    {
      key: 'agent', label: t('noun.way'), width: 'minmax(150px, 1.7fr)', sort: 'agent',
      cell: ({ way, agent_id, agent_name, address, hosted }) =>
        agent_id ? (
          <>
            <Link to="/agents/$id" params={{ id: agent_id }} className="ew-link">{way === 'hosted' ? t('hosted.by', { name: agent_name }) : t('services.throughAgent', { name: agent_name })}</Link>
            {hosted?.present && <div className={classes.below} title={hosted.present}>{hosted.present}</div>}
          </>
        ) : <AddressText address={address ?? ''} />,
    },
    {
      key: 'tags', label: t('services.tags'), width: 'minmax(90px, 0.9fr)',
      cell: ({ tags }) => (tags.length > 0 ? <TagList tags={tags} label={t('services.tags')} small /> : <span className={classes.quiet}>–</span>),
    },
    { key: 'authentication', label: t('noun.authentication'), width: 'minmax(90px, 0.8fr)', optional: true, cell: ({ authentication }) => t(`authentication.${authentication}`) },
    {
      key: 'project', label: t('noun.project'), width: 'minmax(100px, 1.1fr)',
      cell: ({ project_name, organisation_name }) => (
        <div className={classes.two}>
          <span className={classes.clip} title={project_name}>{project_name}</span>
          <span className={classes.below}>{organisation_name}</span>
        </div>
      ),
    },
    {
      key: 'path', label: t('noun.path'), width: 'minmax(80px, 0.8fr)', optional: true,
      cell: ({ path }) => <span className={classes.quiet}>{path === 'direct' ? t('path.direct') : t('path.through', { site: path })}</span>,
    },
    {
      key: 'created', label: t('noun.made'), width: '112px', sort: 'created', first: 'descending', optional: true,
      cell: ({ created_at }) => <span className={classes.quiet}><Ago at={created_at} /></span>,
    },
    { key: 'offer', label: t('noun.offer'), width: 'minmax(80px, 0.8fr)', optional: true, cell: ({ offer }) => offer ?? '–' },
    { key: 'id', label: t('noun.id'), width: '84px', optional: true, cell: ({ id }) => <span className="ew-mono" title={id}>{id.slice(0, 8)}</span> },
    {
      key: 'actions', label: t('noun.actions'), width: '100px', always: true, wide: true, quietLabel: true,
      cell: (service) => (
        <div className={classes.actions}><OpenButton id={service.id} name={service.name} away={awayOf(service)} size="compact-md" variant="light" /></div>
      ),
    },
  ];
}

/** An address that breaks where it reads well. */
function AddressText({ address }: { address: string }) {
  const [, scheme = '', host = address, port = ''] = /^(\w+:\/\/)(.*)(:\d+)$/.exec(address) ?? [];
  return <span className={`ew-mono ${classes.address}`}>{scheme}<wbr />{host}<wbr />{port}</span>;
}

// The services that a template is for: of its project and kind.

import { queryOptions } from '@tanstack/react-query';
import { everything } from '../services/everything';
import { KINDS } from '../services/kinds';

/** Those with a configuration that can be delivered. */
export const TEMPLATE_KINDS = KINDS.filter((kind) => kind !== 'http');

/** All of them, over all pages. */
export const servicesOfKindQuery = (project: string, kind: string) =>
  queryOptions({
    queryKey: ['services', 'every', project, kind],
    queryFn: () => everything({ project, kind, sort: 'name', direction: 'ascending' }),
  });

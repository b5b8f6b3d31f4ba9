import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from '../api/client';
import { overviewQuery } from '../api/queries';
import type { Overview } from '../api/types';
import type { Scope } from '../ui/scope';

/** The overview of what is chosen at the top of the page. */
export const overviewOf = ({ organisation, project }: Scope) =>
  queryOptions({
    // A project says its organisation; everything is what the frame asks for as well.
    queryKey: project ? ['overview', 'project', project] : organisation ? ['overview', 'organisation', organisation] : overviewQuery.queryKey,
    queryFn: ({ signal }) => get<Overview>('/overview', project ? { project } : { organisation }, signal),
    placeholderData: keepPreviousData,
  });

// A place as one value of a choice: an organisation, a project of one, or everywhere.

import type { TFunction } from 'i18next';
import { can, type Action } from '../api/permissions';
import type { Organisation, Session } from '../api/types';

const ORGANISATION = 'organisation:';
const PROJECT = 'project:';

export const organisationPlace = (id: string) => ORGANISATION + id;
export const projectPlace = (id: string) => PROJECT + id;
export const isProject = (place: string) => place.startsWith(PROJECT);

/** The ids as requests have them; neither for any other value. */
export function placeIds(place: string | null | undefined): { organisation_id?: string; project_id?: string } {
  if (place?.startsWith(PROJECT)) return { project_id: place.slice(PROJECT.length) };
  if (place?.startsWith(ORGANISATION)) return { organisation_id: place.slice(ORGANISATION.length) };
  return {};
}

/** The organisations with those of their projects in which somebody may do this; without those where they may not at all. */
export function placesWhere(organisations: Organisation[], session: Session | null | undefined, action: Action): Organisation[] {
  return organisations.flatMap((organisation) => {
    const projects = organisation.projects.filter(({ id }) => can(session, action, { project: id, organisation: organisation.id }));
    return projects.length > 0 || can(session, action, { organisation: organisation.id }) ? [{ ...organisation, projects }] : [];
  });
}

/** `Organisation / Project` of an id, or the id's beginning where it is not to be seen. */
export function projectName(organisations: Organisation[], id: string): string {
  for (const { name, projects } of organisations) {
    const project = projects.find((each) => each.id === id);
    if (project) return `${name} / ${project.name}`;
  }
  return id.slice(0, 8);
}

export function organisationName(organisations: Organisation[], id: string): string {
  return organisations.find((each) => each.id === id)?.name ?? id.slice(0, 8);
}

/** Choices of a field: projects by organisation. */
export function projectChoices(organisations: Organisation[]) {
  return organisations
    .filter(({ projects }) => projects.length > 0)
    .map(({ name, projects }) => ({ group: name, items: projects.map((each) => ({ value: each.id, label: each.name })) }));
}

/** Choices of a field: each organisation with what happens in it, then its projects. */
export function placeChoices(organisations: Organisation[], inOrganisation: (name: string) => string, t: TFunction) {
  return organisations.map(({ id, name, projects }) => ({
    group: name,
    items: [
      { value: organisationPlace(id), label: inOrganisation(name) },
      ...projects.map((each) => ({ value: projectPlace(each.id), label: t('place.project', { name: each.name }) })),
    ],
  }));
}

/** The sections, in order; each is the last part of an address. */
export const SECTIONS = ['general', 'sign-in', 'sso', 'mail', 'agent-service', 'keys'] as const;

export type Section = (typeof SECTIONS)[number];

/** The steps, in order; the open one is named in the address. */
export const STEPS = ['administrator', 'address', 'place', 'device'] as const;

export type Step = (typeof STEPS)[number];

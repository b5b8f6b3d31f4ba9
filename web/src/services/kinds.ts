// The kinds of services, as the control plane knows them; an agent's configuration may name others.

/** The products, by their kinds' words. */
const TITLES: Record<string, string> = { neuron: 'Neuron', nanomq: 'NanoMQ', ekuiper: 'eKuiper', neuronex: 'NeuronEX' };

/** The port that each product listens on unless told otherwise. */
const PORTS: Record<string, number> = { neuron: 7000, nanomq: 8081, ekuiper: 9081, neuronex: 8085 };

export const KINDS = ['neuron', 'nanomq', 'ekuiper', 'neuronex', 'http'] as const;
export type Kind = (typeof KINDS)[number];

/** The word as the control plane takes it: case does not matter, and anything unknown is treated as any HTTP service. */
export function kindOf(word: string): Kind {
  return KINDS.find((kind) => kind === word.toLowerCase()) ?? 'http';
}

/** A product's name; any other word as it is. */
export function kindName(word: string): string {
  return TITLES[word.toLowerCase()] ?? word;
}

export function usualPort(word: string): number | undefined {
  return PORTS[word.toLowerCase()];
}

// A figure over time as a line: where it runs, and between what. Pure.

export type Point = [at: number, value: number];

export interface Drawn {
  /** A path for each stretch without a gap. */
  lines: string[];
  /** The same down to the bottom. */
  areas: string[];
  /** The newest point, which ends a line. */
  end: [x: number, y: number];
  least: number;
  most: number;
  from: number;
  to: number;
}

/** So many missed answers are a gap. */
const GAP = 3;
/** A line that hardly moves is not blown up: what varies by less than this share of its height begins at nothing. */
const FLAT = 0.5;

/** The line in a box of this size; undefined where there is nothing to draw. */
export function drawn(points: Point[], everyS: number, width: number, height: number): Drawn | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return undefined;
  const values = points.map(([, value]) => value);
  const highest = Math.max(...values);
  const lowest = Math.min(...values);
  const least = lowest >= 0 && lowest <= highest * FLAT ? 0 : highest === lowest ? Math.min(0, lowest) : lowest;
  const most = highest === least ? least + 1 : highest;
  const [from] = first;
  const [to] = last;
  const x = (at: number) => round(to === from ? width : ((at - from) / (to - from)) * width);
  const y = (value: number) => round(height - ((value - least) / (most - least)) * height);
  const stretches: Point[][] = [];
  for (const point of points) {
    const stretch = stretches.at(-1);
    const before = stretch?.at(-1);
    if (stretch && before && (everyS <= 0 || point[0] - before[0] <= everyS * GAP)) stretch.push(point);
    else stretches.push([point]);
  }
  // What is alone is a dot: a line of no length, with round ends.
  const line = (stretch: Point[]) => stretch.map(([at, value], index) => `${index === 0 ? 'M' : 'L'}${x(at)} ${y(value)}`).join('') + (stretch.length === 1 ? 'h0' : '');
  return {
    lines: stretches.map(line),
    areas: stretches.map((stretch) => `${line(stretch)}L${x(stretch.at(-1)?.[0] ?? from)} ${height}L${x(stretch[0]?.[0] ?? from)} ${height}Z`),
    end: [x(to), y(last[1])],
    least, most, from, to,
  };
}

const round = (value: number) => Math.round(value * 10) / 10;

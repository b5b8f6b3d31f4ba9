// One figure as a small line, with its newest value, its limits and when it begins.

import { useTranslation } from 'react-i18next';
import { useNow, relative } from '../../ui/time';
import { drawn, type Point } from './chart';
import classes from './Figures.module.css';

/** Of the drawing's own room; on the page it is as wide as there is. */
const WIDTH = 320;
const HEIGHT = 64;

interface LineChartProps {
  name: string;
  points: Point[];
  everyS: number;
}

export function LineChart({ name, points, everyS }: LineChartProps) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const small = (value: number) => new Intl.NumberFormat(i18n.language, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
  const picture = drawn(points, everyS, WIDTH, HEIGHT);
  const value = points.at(-1)?.[1];
  if (!picture || value === undefined) return null;
  // Limits that would read the same are told in full.
  const limit = small(picture.most) === small(picture.least) ? number : small;
  const when = (at: number) => relative(new Date(at * 1000).toISOString(), now, i18n.language) ?? t('time.now');
  const told = t('figures.told', { name, value: number(value), least: number(picture.least), most: number(picture.most), since: when(picture.from) });
  return (
    <figure className={classes.figure}>
      <figcaption><span className="ew-muted">{name}</span><strong>{number(value)}</strong></figcaption>
      <div className={classes.chart}>
        <svg viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`} preserveAspectRatio="none" role="img" aria-label={told}>
          {picture.areas.map((path, index) => <path key={index} d={path} className={classes.area} />)}
          {picture.lines.map((path, index) => <path key={index} d={path} className={classes.line} vectorEffect="non-scaling-stroke" />)}
        </svg>
        <span className={classes.most} aria-hidden>{limit(picture.most)}</span>
        <span className={classes.least} aria-hidden>{limit(picture.least)}</span>
      </div>
      <div className={classes.times} aria-hidden><span>{picture.from < picture.to && when(picture.from)}</span><span>{when(picture.to)}</span></div>
    </figure>
  );
}

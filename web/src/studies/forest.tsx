/** Differences with their intervals, one line each, beside the line of no difference. */
import { type Interval, mark, signed, type Verdict } from "./values";

export interface Shown {
  title: string;
  change: Interval;
  verdict: Verdict;
}

const LINE = 26;
const LEFT = 250;
const WIDTH = 640;

export function Forest({ lines, label, summary }: { lines: Shown[]; label: string; summary: string }) {
  if (!lines.length) return null;
  const ends = lines.flatMap(({ change }) => change).filter(Number.isFinite);
  const most = Math.max(0.01, ...ends.map(Math.abs)) * 1.05;
  const x = (value: number) => LEFT + ((value / most + 1) / 2) * (WIDTH - LEFT - 16);
  const high = lines.length * LINE;
  const ticks = [-most / 2, 0, most / 2];
  return (
    <svg class="forest" viewBox={`0 0 ${WIDTH} ${high + 40}`} role="img" aria-label={summary}>
      {ticks.map((at) => (
        <g key={at}>
          <line class={at ? "grid" : "zero"} x1={x(at)} x2={x(at)} y1={0} y2={high} />
          <text x={x(at)} y={high + 15} text-anchor="middle">{signed(at)}</text>
        </g>
      ))}
      <text x={x(0)} y={high + 34} text-anchor="middle">{label}</text>
      {lines.map(({ title, change: [middle, low, up], verdict }, k) => {
        const y = k * LINE + LINE / 2;
        return (
          <g key={k} class={verdict ?? ""}>
            <text x={0} y={y + 4}>{`${mark(verdict)} ${title.length > 34 ? `${title.slice(0, 33)}…` : title}`}</text>
            <line class="interval" x1={x(Math.max(-most, low))} x2={x(Math.min(most, up))} y1={y} y2={y} />
            <circle cx={x(middle)} cy={y} r={5} />
          </g>
        );
      })}
    </svg>
  );
}

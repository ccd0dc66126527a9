/** Differences with their intervals, one line each, beside the line of no difference. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Interval, mark, signed, type Verdict } from "./values";

export interface Shown {
  title: string;
  change: Interval;
  verdict: Verdict;
}

const NARROW = 560; // pixels, below which titles stand above their lines
const MOST = 900;

export function Forest({ lines, label, summary }: { lines: Shown[]; label: string; summary: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(MOST);
  useEffect(() => {
    const watcher = new ResizeObserver(() => box.current && setRoom(box.current.clientWidth));
    if (box.current) watcher.observe(box.current);
    return () => watcher.disconnect();
  }, [lines.length > 0]);
  if (!lines.length) return null;
  const width = Math.max(240, Math.min(MOST, room));
  const narrow = width < NARROW;
  const [left, each] = narrow ? [14, 44] : [280, 26];
  const ends = lines.flatMap(({ change }) => change).filter(Number.isFinite);
  const most = Math.max(0.01, ...ends.map(Math.abs)) * 1.05;
  const x = (value: number) => left + ((value / most + 1) / 2) * (width - left - 14);
  const high = lines.length * each;
  const letters = narrow ? Math.floor(width / 9) : 34;
  return (
    <div ref={box}>
      <svg class="forest" width={width} height={high + 40} role="img" aria-label={summary}>
        {[-most / 2, 0, most / 2].map((at) => (
          <g key={at}>
            <line class={at ? "grid" : "zero"} x1={x(at)} x2={x(at)} y1={0} y2={high} />
            <text x={x(at)} y={high + 15} text-anchor="middle">{signed(at)}</text>
          </g>
        ))}
        <text x={x(0)} y={high + 34} text-anchor="middle">{label}</text>
        {lines.map(({ title, change: [middle, low, up], verdict }, k) => {
          const y = k * each + (narrow ? 32 : 13);
          const shown = title.length > letters ? `${title.slice(0, letters - 1)}…` : title;
          return (
            <g key={k} class={verdict ?? ""}>
              <text x={0} y={narrow ? y - 14 : y + 4}>{`${mark(verdict)} ${shown}`}</text>
              <line class="interval" x1={x(Math.max(-most, low))} x2={x(Math.min(most, up))} y1={y} y2={y} />
              <circle cx={x(middle)} cy={y} r={5} />
            </g>
          );
        })}
      </svg>
    </div>
  );
}

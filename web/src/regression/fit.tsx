/** The points, the curve, the network's fit and where its neurons bend; and drawing a curve there. */
import { useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { change, state } from "../address";
import { Chart, colour } from "../chart";
import { number, t } from "../words";
import { hinges, type Hinge, outputs, type Weights } from "./network";
import { drawnOver, onGrid, type Point, raised, toOwn } from "./points";

export interface Data {
  x: Float32Array;
  y: Float32Array;
  grid: Float32Array;
  curve: Float32Array;
}

const TASK = "regression";
const FINE = 256;
const HIGH = 26; // of the longest stick, in CSS pixels

/** All x of the figure in one row, and what is known at which of them. */
function laidOut({ x, y, grid, curve }: Data) {
  const [low, high] = [grid[0]!, grid.at(-1)!];
  const fine = Array.from({ length: FINE }, (_, i) => low + ((high - low) * i) / (FINE - 1));
  const rows: [number, number | null, number | null][] = [
    ...Array.from(x, (at, i): [number, number | null, number | null] => [at, y[i]!, null]),
    ...Array.from(grid, (at, i): [number, number | null, number | null] => [at, null, curve[i]!]),
    ...fine.map((at): [number, number | null, number | null] => [at, null, null]),
  ].sort((a, b) => a[0] - b[0]);
  let [least, most] = [Infinity, -Infinity];
  for (const values of [y, curve]) {
    for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  }
  const span = most - least || 1;
  return {
    x: rows.map((row) => row[0]), points: rows.map((row) => row[1]), curve: rows.map((row) => row[2]),
    // Room below for the sticks.
    range: [least - 0.22 * span, most + 0.08 * span] as [number, number],
  };
}

export function Fit({ data, weights, activation, summary }: {
  data: Data;
  weights?: Weights;
  activation: string;
  summary: string;
}) {
  const now = state(TASK);
  const [draws, setDraws] = useState(false);
  const [at, setAt] = useState(50);
  const last = useRef<Point | null>(null);
  const laid = useMemo(() => laidOut(data), [data]);
  const range = useRef(laid.range);
  if (!draws) range.current = laid.range; // else it would move under the pointer
  const drawn = onGrid(now.target === "own" ? (now.points as Point[]) : curveOf(data));
  const own = now.target === "own" ? toOwn(now.box as number[]) : toOwn([]);
  const bends = weights ? hinges(weights, activation) : [];
  const unit = Math.min(now.unit as number, bends.length);
  const take = (points: Point[]) => change(TASK, now.target === "own" ? { points } : { target: "own", points, box: [] });
  const draw = (way: [number, number][], first: boolean) => {
    take(drawnOver(drawn, first || !last.current ? way : [last.current, ...way]));
    last.current = way.at(-1)!;
  };
  const key = (e: KeyboardEvent) => {
    const moves: Record<string, () => void> = {
      ArrowLeft: () => setAt(Math.max(0, at - 1)), ArrowRight: () => setAt(Math.min(99, at + 1)),
      Home: () => setAt(0), End: () => setAt(99),
      ArrowUp: () => take(raised(drawn, at, 0.02)), ArrowDown: () => take(raised(drawn, at, -0.02)),
      PageUp: () => take(raised(drawn, at, 0.1)), PageDown: () => take(raised(drawn, at, -0.1)),
    };
    if (!moves[e.key]) return;
    e.preventDefault();
    moves[e.key]!();
  };
  const chosen = drawn[at]!;
  const place = { x: own.x(chosen[0]), y: own.y(chosen[1]) };
  return (
    <>
      <Chart
        x={laid.x}
        lines={[
          { label: t("regression.points"), y: laid.points, colour: "--points", points: true },
          { label: t("regression.curve"), y: laid.curve, colour: "--curve", dash: [6, 4], joined: true },
          { label: t("regression.network"), y: weights ? outputs(weights, activation, laid.x) : laid.x.map(() => null), colour: "--fit", width: 3 },
        ]}
        summary={summary}
        xLabel="x"
        yLabel="y"
        yRange={range.current}
        xText={(x) => number(own.x(x))}
        yText={(y) => number(own.y(y))}
        height={380}
        overlay={(plot) => {
          sticks(plot, bends, unit);
          if (draws) ring(plot, chosen);
        }}
        onDraw={draws ? draw : undefined}
      />
      <div class="row">
        <button type="button" aria-pressed={draws} onClick={() => setDraws(!draws)}>{t("regression.draw")}</button>
        {draws && (
          <div
            class="knob"
            role="slider"
            tabIndex={0}
            aria-orientation="vertical"
            aria-label={t("regression.knob")}
            aria-valuemin={-0.5}
            aria-valuemax={1.5}
            aria-valuenow={chosen[1]}
            aria-valuetext={t("regression.place", place)}
            onKeyDown={key}
          >
            {t("regression.place", place)}
          </div>
        )}
      </div>
      {draws && <small>{t("regression.draw_hint")}</small>}
    </>
  );
}

const curveOf = ({ grid, curve }: Data) => Array.from(grid, (x, i): Point => [x, curve[i]!]);

/** A stick for every neuron, on a line near the lower edge: up where it bends the output up. */
function sticks(plot: uPlot, bends: Hinge[], unit: number): void {
  const { ctx, bbox } = plot;
  const most = Math.max(...bends.map(({ change: by }) => Math.abs(by)), 1e-12);
  const line = bbox.top + bbox.height - (HIGH + 4) * devicePixelRatio;
  ctx.setLineDash([]);
  ctx.lineWidth = devicePixelRatio;
  ctx.strokeStyle = colour("--edge");
  ctx.beginPath();
  ctx.moveTo(bbox.left, line);
  ctx.lineTo(bbox.left + bbox.width, line);
  ctx.stroke();
  for (const bend of bends) {
    const x = plot.valToPos(bend.x, "x", true);
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue;
    ctx.lineWidth = (bend.unit === unit ? 4 : 2) * devicePixelRatio;
    ctx.strokeStyle = colour(bend.unit === unit ? "--mark" : bend.change > 0 ? "--three" : "--two");
    ctx.beginPath();
    ctx.moveTo(x, line);
    ctx.lineTo(x, line - (bend.change / most) * HIGH * devicePixelRatio);
    ctx.stroke();
  }
}

function ring(plot: uPlot, [x, y]: Point): void {
  plot.ctx.setLineDash([]);
  plot.ctx.lineWidth = 3 * devicePixelRatio;
  plot.ctx.strokeStyle = colour("--mark");
  plot.ctx.beginPath();
  plot.ctx.arc(plot.valToPos(x, "x", true), plot.valToPos(y, "y", true), 7 * devicePixelRatio, 0, 2 * Math.PI);
  plot.ctx.stroke();
}

/** Lines over x, by uPlot: with a band, with marks, and with a sentence for whoever does not see it. */
import { useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { setup } from "./setup";
import { number } from "./words";

export interface Line {
  label: string;
  y: ArrayLike<number | null>;
  /** A custom property of the style sheet, as "--train". */
  colour: string;
  points?: boolean;
  width?: number;
  dash?: number[];
  /** Whether the line goes on over places without a value. */
  joined?: boolean;
  /** Stands in no legend. */
  quiet?: boolean;
}

interface Props {
  x: ArrayLike<number>;
  lines: Line[];
  /** Pairs of places in `lines` between which the area is filled. */
  bands?: { between: [number, number]; colour: string }[];
  /** Upright lines at some x. */
  marks?: number[];
  /** What is to be seen, in a sentence. */
  summary: string;
  xLabel: string;
  yLabel: string;
  xLog?: boolean;
  yLog?: boolean;
  yRange?: [number, number];
  height?: number;
  /** What an axis writes in place of its own numbers. */
  xText?: (x: number) => string;
  yText?: (y: number) => string;
  /** Draws more, when all else is drawn; `valToPos(…, true)` are pixels of its context. */
  overlay?: (plot: uPlot) => void;
  /** Told where a pointer went that is held down on the plot, as x and y; `first` at its begin. */
  onDraw?: (way: [number, number][], first: boolean) => void;
}

export function Chart(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props); // what may change without a new plot
  latest.current = props;
  // What a plot is made of; data alone are exchanged within it.
  const made = JSON.stringify([
    props.lines.map((line) => [line.label, line.colour, line.points, line.width, line.dash, line.joined]),
    props.bands, props.xLabel, props.yLabel, props.xLog, props.yLog, props.height, !!props.yRange, !!props.onDraw,
    setup.value?.lang,
  ]);
  const data = () => [props.x, ...props.lines.map((line) => line.y)] as uPlot.AlignedData;

  useLayoutEffect(() => {
    const host = box.current!;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(host, latest), data(), host);
    };
    make();
    const size = () => plot.current?.setSize({ width: host.clientWidth, height: plot.current.height });
    const watcher = new ResizeObserver(size);
    watcher.observe(host);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", make);
    addEventListener("fclab-theme", make);
    return () => {
      watcher.disconnect();
      dark.removeEventListener("change", make);
      removeEventListener("fclab-theme", make);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [made]);

  // Before the browser paints: later a frame would pass.
  useLayoutEffect(() => plot.current?.setData(data()));
  return <div class="chart" ref={box} role="img" aria-label={props.summary} />;
}

/** The value of a custom property of the style sheet. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || name;
}

function options(host: HTMLElement, latest: { current: Props }): uPlot.Options {
  const props = latest.current;
  const axis = (label: string, text: "xText" | "yText") => ({
    label, labelSize: 22, labelFont: "13px system-ui", font: "12px system-ui", size: 46,
    stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
    values: (_: uPlot, ticks: number[]) => ticks.map((v) => (v === null ? "" : (latest.current[text] ?? number)(v))),
  });
  const mark = colour("--mark");
  return {
    width: host.clientWidth || 400,
    height: props.height ?? 280,
    cursor: { drag: { x: false, y: false } },
    legend: { live: false, markers: { width: 2 } },
    scales: {
      x: { time: false, ...(props.xLog ? { distr: 3, log: 10 } : {}) },
      y: { ...(props.yLog ? { distr: 3, log: 10 } : {}), ...(props.yRange ? { range: () => latest.current.yRange! } : {}) },
    } as uPlot.Scales,
    axes: [axis(props.xLabel, "xText"), axis(props.yLabel, "yText")],
    series: [
      {},
      ...props.lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: line.points ? 0 : (line.width ?? 2),
        dash: line.dash,
        spanGaps: line.joined,
        class: line.quiet ? "quiet" : undefined,
        paths: line.points ? () => null : undefined,
        points: { show: !!line.points, size: 4, fill: colour(line.colour), width: 0 },
      })),
    ],
    bands: props.bands?.map(({ between, colour: name }) => ({
      series: [between[0] + 1, between[1] + 1] as [number, number],
      fill: colour(name),
    })),
    hooks: {
      draw: [
        (u: uPlot) => {
          u.ctx.save();
          u.ctx.strokeStyle = mark;
          u.ctx.lineWidth = 2 * devicePixelRatio;
          u.ctx.setLineDash([6, 4]);
          for (const at of latest.current.marks ?? []) {
            const x = u.valToPos(at, "x", true);
            u.ctx.beginPath();
            u.ctx.moveTo(x, u.bbox.top);
            u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
            u.ctx.stroke();
          }
          latest.current.overlay?.(u);
          u.ctx.restore();
        },
      ],
      ...(props.onDraw ? { ready: [(u: uPlot) => drawWith(u, latest)] } : {}),
    },
  };
}

function drawWith(u: uPlot, latest: { current: Props }): void {
  u.over.style.touchAction = "none"; // a finger draws, it does not scroll
  u.over.style.cursor = "crosshair";
  const tell = (e: PointerEvent, first: boolean) => {
    const place = u.over.getBoundingClientRect();
    const way = (first ? [e] : e.getCoalescedEvents()).map(
      (one): [number, number] => [u.posToVal(one.clientX - place.left, "x"), u.posToVal(one.clientY - place.top, "y")],
    );
    latest.current.onDraw?.(way, first);
  };
  u.over.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    u.over.setPointerCapture(e.pointerId);
    tell(e, true);
  });
  u.over.addEventListener("pointermove", (e) => u.over.hasPointerCapture(e.pointerId) && tell(e, false));
}

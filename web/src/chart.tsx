/** Lines over x, by uPlot: with a band, with marks, and with a sentence for whoever does not see it. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { number } from "./words";

export interface Line {
  label: string;
  y: ArrayLike<number | null>;
  /** A custom property of the style sheet, as "--train". */
  colour: string;
  points?: boolean;
  width?: number;
  dash?: number[];
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
}

export function Chart(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const marks = useRef<number[]>([]);
  marks.current = props.marks ?? [];
  // What a plot is made of; data alone are exchanged within it.
  const made = JSON.stringify([
    props.lines.map((line) => [line.label, line.colour, line.points, line.width, line.dash]),
    props.bands, props.xLabel, props.yLabel, props.xLog, props.yLog, props.yRange, props.height,
  ]);
  const data = () => [props.x, ...props.lines.map((line) => line.y)] as uPlot.AlignedData;

  useEffect(() => {
    const host = box.current!;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(props, host, marks), data(), host);
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

  useEffect(() => plot.current?.setData(data()));
  return <div class="chart" ref={box} role="img" aria-label={props.summary} />;
}

/** The value of a custom property of the style sheet. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || name;
}

function options(props: Props, host: HTMLElement, marks: { current: number[] }): uPlot.Options {
  const axis = (label: string) => ({
    label, labelSize: 22, labelFont: "13px system-ui", font: "12px system-ui", size: 46,
    stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
    values: (_: uPlot, ticks: number[]) => ticks.map((v) => (v === null ? "" : number(v))),
  });
  return {
    width: host.clientWidth || 400,
    height: props.height ?? 280,
    cursor: { drag: { x: false, y: false } },
    legend: { live: false },
    scales: {
      x: { time: false, ...(props.xLog ? { distr: 3, log: 10 } : {}) },
      y: { ...(props.yLog ? { distr: 3, log: 10 } : {}), ...(props.yRange ? { range: props.yRange } : {}) },
    } as uPlot.Scales,
    axes: [axis(props.xLabel), axis(props.yLabel)],
    series: [
      {},
      ...props.lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: line.points ? 0 : (line.width ?? 2),
        dash: line.dash,
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
          u.ctx.strokeStyle = colour("--mark");
          u.ctx.lineWidth = 2 * devicePixelRatio;
          u.ctx.setLineDash([6, 4]);
          for (const at of marks.current) {
            const x = u.valToPos(at, "x", true);
            u.ctx.beginPath();
            u.ctx.moveTo(x, u.bbox.top);
            u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
            u.ctx.stroke();
          }
          u.ctx.restore();
        },
      ],
    },
  };
}

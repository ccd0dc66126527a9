/** The plane: what the network answers, where it does not decide, the points; and how these are drawn. */
import { useEffect, useRef, useState } from "preact/hooks";
import { colour } from "../chart";
import { number, t } from "../words";
import { picture, rgb, useTheme } from "./paint";
import type { Box, Line } from "./plane";
import { FURTHEST, type Point, rounded } from "./points";

export type Brush = "0" | "1" | "erase";

interface Props {
  box: Box;
  /** Probabilities of class 1 in cells × cells, rows from above; null before there is a network. */
  probabilities: Float32Array | null;
  line: Line[];
  /** Of further seeds. */
  faint: Line[][];
  points: ArrayLike<number>;
  labels: ArrayLike<number>;
  summary: string;
  /** With it, points of one's own are drawn. */
  own?: { points: Point[]; brush: Brush; change: (points: Point[]) => void; choose: (brush: Brush) => void };
}

const SIZE = 560;
/** Of the picture in which points are caught, in pixels. */
const REACH = 12;

export function Surface(props: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const dragged = useRef<number | null>(null);
  const [cursor, setCursor] = useState<[number, number] | null>(null);
  useTheme();
  useEffect(() => draw(canvas.current!, props, cursor));
  const { own, box } = props;

  /** The place in the plane under a pointer. */
  const place = (e: PointerEvent): [number, number] => {
    const frame = canvas.current!.getBoundingClientRect();
    const inside = (v: number) => Math.max(0.005, Math.min(0.995, v));
    return [
      box.left + inside((e.clientX - frame.left) / frame.width) * box.side,
      box.bottom + (1 - inside((e.clientY - frame.top) / frame.height)) * box.side,
    ];
  };
  const nearest = ([x, y]: [number, number]): number => {
    const reach = (REACH / canvas.current!.clientWidth) * box.side;
    const far = own!.points.map(([px, py]) => Math.hypot(px - x, py - y));
    const least = Math.min(...far);
    return least <= reach ? far.indexOf(least) : -1;
  };
  const act = (at: [number, number], brush = own!.brush) => {
    const found = nearest(at);
    if (brush === "erase") {
      if (found >= 0) own!.change(own!.points.filter((_, i) => i !== found));
      return;
    }
    own!.change([...own!.points, pointAt(at, Number(brush) as 0 | 1)]);
  };
  const down = (e: PointerEvent) => {
    if (e.button !== 0) return;
    const at = place(e);
    const found = nearest(at);
    if (own!.brush !== "erase" && found >= 0) dragged.current = found;
    else {
      act(at);
      if (own!.brush !== "erase") dragged.current = own!.points.length;
    }
    canvas.current!.setPointerCapture(e.pointerId);
  };
  const move = (e: PointerEvent) => {
    const index = dragged.current;
    if (index === null || index >= own!.points.length) return;
    own!.change(own!.points.map((p, i) => (i === index ? pointAt(place(e), p[2]) : p)));
  };
  const key = (e: KeyboardEvent) => {
    const [x, y] = cursor ?? [box.left + box.side / 2, box.bottom + box.side / 2];
    const step = box.side / (e.shiftKey ? 200 : 40);
    const by: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step],
    };
    const moved = by[e.key];
    if (moved) {
      const inside = (v: number, low: number) => Math.max(low, Math.min(low + box.side, v));
      setCursor([inside(x + moved[0], box.left), inside(y + moved[1], box.bottom)]);
    } else if (e.key === "Enter" || e.key === " ") act([x, y]);
    else if (e.key === "0" || e.key === "1") own!.choose(e.key);
    else if (e.key === "Delete" || e.key === "Backspace") act([x, y], "erase");
    else return;
    e.preventDefault();
  };
  if (!own) return <canvas ref={canvas} class="surface" width={SIZE} height={SIZE} role="img" aria-label={props.summary} />;
  return (
    <>
      <canvas
        ref={canvas}
        class="surface own"
        width={SIZE}
        height={SIZE}
        tabIndex={0}
        role="application"
        aria-label={t("binary.canvas")}
        aria-describedby="binary-keys"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={() => (dragged.current = null)}
        onPointerCancel={() => (dragged.current = null)}
        onKeyDown={key}
        onFocus={() => setCursor((now) => now ?? [box.left + box.side / 2, box.bottom + box.side / 2])}
        onBlur={() => setCursor(null)}
      />
      <p role="status" class="unseen">
        {cursor && t("binary.cursor", { x: number(rounded(cursor[0])), y: number(rounded(cursor[1])), n: own.points.length })}
      </p>
    </>
  );
}

function pointAt([x, y]: [number, number], label: 0 | 1): Point {
  const inside = (v: number) => rounded(Math.max(-FURTHEST, Math.min(FURTHEST, v)));
  return [inside(x), inside(y), label];
}

function draw(canvas: HTMLCanvasElement, props: Props, cursor: [number, number] | null): void {
  const context = canvas.getContext("2d")!;
  const { box, probabilities, points, labels } = props;
  context.fillStyle = colour("--card");
  context.fillRect(0, 0, SIZE, SIZE);
  if (probabilities) {
    const side = Math.sqrt(probabilities.length);
    const small = document.createElement("canvas");
    small.width = small.height = side;
    const signed = Float32Array.from(probabilities, (p) => 0.6 * (2 * p - 1));
    small.getContext("2d")!.putImageData(picture(signed, side, rgb("--one"), rgb("--card"), rgb("--two")), 0, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(small, 0, 0, SIZE, SIZE);
  }
  const x = (v: number) => ((v - box.left) / box.side) * SIZE;
  const y = (v: number) => (1 - (v - box.bottom) / box.side) * SIZE;
  context.lineWidth = 1;
  for (let i = 0; i < labels.length; i++) mark(context, x(points[2 * i]!), y(points[2 * i + 1]!), labels[i]!, labels.length);
  context.strokeStyle = colour("--ink");
  context.globalAlpha = 0.35;
  context.lineWidth = 1.5;
  for (const lines of props.faint) trace(context, lines);
  context.globalAlpha = 1;
  context.lineWidth = 3;
  trace(context, props.line);
  if (cursor) {
    context.strokeStyle = colour("--mark");
    context.beginPath();
    context.moveTo(x(cursor[0]) - 14, y(cursor[1]));
    context.lineTo(x(cursor[0]) + 14, y(cursor[1]));
    context.moveTo(x(cursor[0]), y(cursor[1]) - 14);
    context.lineTo(x(cursor[0]), y(cursor[1]) + 14);
    context.stroke();
  }
}

/** Class 0 is a disc, class 1 a square. */
function mark(context: CanvasRenderingContext2D, x: number, y: number, label: number, count: number): void {
  const r = count > 300 ? 3 : count > 100 ? 4 : 5;
  context.fillStyle = colour(label ? "--two" : "--one");
  context.strokeStyle = colour("--card");
  context.beginPath();
  if (label) context.rect(x - r, y - r, 2 * r, 2 * r);
  else context.arc(x, y, r + 0.5, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

function trace(context: CanvasRenderingContext2D, lines: Line[]): void {
  context.beginPath();
  for (const line of lines) line.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](x * SIZE, y * SIZE));
  context.stroke();
}

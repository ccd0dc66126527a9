/** A map over shifts: down and to the right by −8 to 8 pixels. */
import { useEffect, useRef, useState } from "preact/hooks";
import { percent, t } from "../words";
import { answer, names } from "./answers";
import type { Model } from "./network";
import type { Raster } from "./resample";
import { shifted } from "./view";

export const FARTHEST = 8;
const SIDE = 2 * FARTHEST + 1;
const SLICE = 12; // milliseconds of computing, then the page breathes
const REST = 150; // milliseconds for which a picture must lie still

interface Map {
  values: Float64Array;
  /** The likeliest class at every shift, where there is a class. */
  answers: Int32Array;
}

/** The probability of the answer at every shift; it is computed while nothing else happens. */
export function ShiftMap({ model, picture, shares }: { model: Model; picture: Raster; shares: Float64Array | null }) {
  const [map, setMap] = useState<Map | null>(null);
  const [done, setDone] = useState(false);
  const asked = shares ? answer(shares) : 0;
  useEffect(() => {
    let gone = false;
    setDone(false);
    const next: Map = { values: new Float64Array(SIDE ** 2).fill(NaN), answers: new Int32Array(SIDE ** 2) };
    const compute = async () => {
      let until = performance.now() + SLICE;
      for (const place of order) {
        const [down, right] = [Math.floor(place / SIDE) - FARTHEST, (place % SIDE) - FARTHEST];
        const found = await model.probabilities(shifted(picture, right, down));
        next.values[place] = found[asked]!;
        next.answers[place] = answer(found);
        if (performance.now() < until) continue;
        setMap({ ...next });
        await new Promise((resume) => setTimeout(resume, 4));
        if (gone) return;
        until = performance.now() + SLICE;
      }
      setMap({ ...next });
      setDone(true);
    };
    const timer = setTimeout(compute, REST);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [model, picture, asked]);
  const name = names(model.classes[asked]!)[0];
  const kept = map ? map.answers.filter((one) => one === asked).length : 0;
  const summary = done && map
    ? t("picture.map_summary", { name, least: percent(Math.min(...map.values), 0), most: percent(Math.max(...map.values), 0), n: kept, all: SIDE ** 2 })
    : "";
  return (
    <>
      <Heat values={map?.values ?? null} marked={(place) => map!.answers[place] !== asked} label={`${t("picture.map_of", { name })} ${summary}`} />
      <small>{t("picture.map_note", { name })}</small>
      <p role="status" data-done={done || undefined}>{summary}</p>
    </>
  );
}

const order = Array.from({ length: SIDE ** 2 }, (_, i) => i).sort((a, b) => distance(a) - distance(b));

/** The middle comes first. */
function distance(place: number): number {
  return Math.hypot(Math.floor(place / SIDE) - FARTHEST, (place % SIDE) - FARTHEST);
}

interface HeatProps {
  /** Shares, row by row; NaN where nothing is known yet. */
  values: ArrayLike<number> | null;
  /** Which places get a dot. */
  marked?: (place: number) => boolean;
  label: string;
}

/** The map as squares, with the value under the pointer. */
export function Heat({ values, marked, label }: HeatProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const draw = useRef(() => {});
  draw.current = () => values && canvas.current && squares(canvas.current, values, marked);
  useEffect(() => draw.current());
  useEffect(() => {
    const redraw = () => draw.current();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", redraw);
    addEventListener("fclab-theme", redraw);
    return () => {
      dark.removeEventListener("change", redraw);
      removeEventListener("fclab-theme", redraw);
    };
  }, []);
  const point = (e: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    const [x, y] = [(e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height].map((v) => Math.floor(v * SIDE));
    setAt(x! >= 0 && x! < SIDE && y! >= 0 && y! < SIDE ? y! * SIDE + x! : null);
  };
  const middle = FARTHEST * SIDE + FARTHEST;
  const shown = at ?? middle;
  const value = values?.[shown] ?? NaN;
  return (
    <div class="heat">
      <span class="up" aria-hidden="true">−{FARTHEST}</span>
      <canvas
        ref={canvas}
        width={SIDE * 20}
        height={SIDE * 20}
        role="img"
        aria-label={label}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setAt(null)}
      />
      <span class="low" aria-hidden="true">{FARTHEST}</span>
      <span class="ends" aria-hidden="true"><span>−{FARTHEST}</span><span>{t("picture.right")}</span><span>{FARTHEST}</span></span>
      <span class="scale" aria-hidden="true"><span>0 %</span><i /><span>100 %</span></span>
      <span class="value">
        {Number.isFinite(value) && t("picture.map_at", { right: (shown % SIDE) - FARTHEST, down: Math.floor(shown / SIDE) - FARTHEST, p: percent(value) })}
      </span>
    </div>
  );
}

function squares(canvas: HTMLCanvasElement, values: ArrayLike<number>, marked?: (place: number) => boolean): void {
  const context = canvas.getContext("2d")!;
  const size = canvas.width / SIDE;
  context.clearRect(0, 0, canvas.width, canvas.height);
  const [low, high, ink] = [colour("--card"), colour("--accent"), colour("--ink")];
  for (let place = 0; place < values.length; place++) {
    const value = values[place]!;
    if (Number.isNaN(value)) continue;
    const [x, y] = [(place % SIDE) * size, Math.floor(place / SIDE) * size];
    for (const [alpha, style] of [[1, low], [value, high]] as const) {
      [context.globalAlpha, context.fillStyle] = [alpha, style];
      context.fillRect(x, y, size, size);
    }
    context.globalAlpha = 1;
    if (!marked?.(place)) continue;
    context.fillStyle = ink;
    context.beginPath();
    context.arc(x + size / 2, y + size / 2, size / 7, 0, 2 * Math.PI);
    context.fill();
  }
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.strokeRect(FARTHEST * size, FARTHEST * size, size, size);
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

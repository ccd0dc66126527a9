/** The picture that is moved, enlarged, turned and drawn on: by mouse, fingers, keys and sliders. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { number, t } from "../words";
import { paint } from "./decode";
import { dot, line, type Pen } from "./drawing";
import { bounded, drawn, LEAST, MOST, sampled, type Source, STILL, type View } from "./view";

type Place = [number, number];

interface Props {
  source: Source;
  view: View;
  /** Height and width of what the network sees. */
  shape: [number, number];
  onView: (view: View) => void;
  /** Set while the picture is drawn on. */
  pen: Pen | null;
  onDrawn: (source: Source) => void;
}

export function Stage({ source, view, shape: [height, width], onView, pen, onDrawn }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const fingers = useRef(new Map<number, Place>());
  const [cursor, setCursor] = useState<Place>([0, 0]);
  const [down, setDown] = useState(false); // the pen of the keyboard
  const finer = Math.max(1, Math.round(256 / Math.max(width, height)));
  useEffect(() => {
    paint(canvas.current!, sampled(source, view, width, height, finer));
    if (pen) cross(canvas.current!, cursor, finer, down);
  });

  /** Where the pointer is, in pixels of what the network sees, from its centre. */
  const place = (e: PointerEvent | WheelEvent): Place => {
    const box = canvas.current!.getBoundingClientRect();
    return [((e.clientX - box.left) / box.width - 0.5) * width, ((e.clientY - box.top) / box.height - 0.5) * height];
  };
  const stroke = (from: Place, to: Place) => onDrawn(line(source, view, [height, width], from, to, pen!));
  const press = (e: PointerEvent) => {
    canvas.current!.setPointerCapture(e.pointerId);
    fingers.current.set(e.pointerId, place(e));
    if (pen) stroke(place(e), place(e));
  };
  const move = (e: PointerEvent) => {
    const before = fingers.current.get(e.pointerId);
    if (!before) return;
    const now = place(e);
    const other = [...fingers.current].find(([id]) => id !== e.pointerId)?.[1];
    fingers.current.set(e.pointerId, now);
    if (pen) stroke(before, now);
    else if (!other) onView(drawn(view, before, now));
    else {
      const [was, is] = [apart(other, before), apart(other, now)];
      onView(drawn(view, middle(other, before), middle(other, now), is.length / (was.length || 1), is.angle - was.angle));
    }
  };
  const lift = (e: PointerEvent) => fingers.current.delete(e.pointerId);

  // The browser would scroll: only a listener that is not passive may forbid it.
  const wheel = useRef((_: WheelEvent) => {});
  wheel.current = (e) => {
    e.preventDefault();
    onView(drawn(view, place(e), place(e), Math.exp(-e.deltaY / 500)));
  };
  useEffect(() => {
    const turned = (e: WheelEvent) => wheel.current(e);
    const at = canvas.current!;
    at.addEventListener("wheel", turned, { passive: false });
    return () => at.removeEventListener("wheel", turned);
  }, []);

  const key = (e: KeyboardEvent) => {
    const step = e.shiftKey ? 4 : 1;
    const arrow = ({ ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] } as Record<string, Place>)[e.key];
    const other = { "+": { zoom: view.zoom * 1.1 }, "=": { zoom: view.zoom * 1.1 }, "-": { zoom: view.zoom / 1.1 },
      "[": { turn: view.turn - 5 }, "]": { turn: view.turn + 5 }, "0": STILL }[e.key];
    if (arrow && pen) {
      const to: Place = [clamped(cursor[0] + arrow[0], width), clamped(cursor[1] + arrow[1], height)];
      if (down) stroke(cursor, to);
      setCursor(to);
    } else if (arrow) onView(bounded({ ...view, x: view.x + arrow[0], y: view.y + arrow[1] }));
    else if (e.key === " " && pen) {
      if (!down) onDrawn(dot(source, view, [height, width], cursor, pen));
      setDown(!down);
    } else if (other) onView(bounded({ ...view, ...other }));
    else return;
    e.preventDefault();
  };
  return (
    <>
      <canvas
        ref={canvas}
        class="stage"
        tabIndex={0}
        role="application"
        aria-label={t(pen ? "picture.stage_pen" : "picture.stage")}
        onPointerDown={press}
        onPointerMove={move}
        onPointerUp={lift}
        onPointerCancel={lift}
        onKeyDown={key}
      />
      <small>{t(pen ? "picture.keys_pen" : "picture.keys")}</small>
      <Sliders view={view} onView={onView} />
    </>
  );
}

const UNITS = { x: 0.5, y: 0.5, zoom: 0.01, turn: 1 } as const;

function Sliders({ view, onView }: Pick<Props, "view" | "onView">) {
  const id = useId();
  const spoken = (name: keyof View) =>
    t(`picture.values.${name}`, { v: name === "zoom" ? number(view.zoom, 3) : number(Math.round(view[name] * 10) / 10) });
  return (
    <div class="sliders">
      {(["x", "y", "zoom", "turn"] as const).map((name) => {
        const log = name === "zoom";
        const shown = (v: number) => (log ? Math.log2(v) : v);
        return (
          <div class="field" key={name}>
            <label for={`${id}${name}`}>{t(`picture.view.${name}`)}</label>
            <output for={`${id}${name}`}>{spoken(name)}</output>
            <input
              id={`${id}${name}`}
              type="range"
              min={shown(LEAST[name])}
              max={shown(MOST[name])}
              step={UNITS[name]}
              value={shown(view[name])}
              aria-valuetext={spoken(name)}
              onInput={(e) => {
                const v = e.currentTarget.valueAsNumber;
                onView(bounded({ ...view, [name]: log ? 2 ** v : v }));
              }}
            />
          </div>
        );
      })}
      <button type="button" onClick={() => onView(STILL)}>{t("picture.back")}</button>
    </div>
  );
}

const clamped = (v: number, size: number) => Math.min(size / 2, Math.max(-size / 2, v));
const middle = (a: Place, b: Place): Place => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

function apart(a: Place, b: Place) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  return { length: Math.hypot(dx, dy), angle: (Math.atan2(dy, dx) * 180) / Math.PI };
}

/** Where the pen of the keyboard is: filled while it is down. */
function cross(canvas: HTMLCanvasElement, [x, y]: Place, finer: number, down: boolean): void {
  const context = canvas.getContext("2d")!;
  context.beginPath();
  context.arc(canvas.width / 2 + x * finer, canvas.height / 2 + y * finer, 5, 0, 2 * Math.PI);
  for (const [width, style] of [[4, "#fff"], [2, "#000"]] as const) {
    [context.lineWidth, context.strokeStyle] = [width, style];
    context.stroke();
  }
  if (down) context.fill();
}

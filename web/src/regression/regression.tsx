/** Part 1: the network is trained anew, whole, while a slider moves, and its fit drawn anew. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { change, state, wished } from "../address";
import { Chart } from "../chart";
import { Card, Choice, Slider, Whole } from "../controls";
import { Reproduce } from "../reproduce";
import { setup } from "../setup";
import { type Event, giveUp, type Tensor, wish } from "../socket";
import { number, t } from "../words";
import { Bends, type Checked, Formulas, GradientCheck } from "./details";
import { type Data, Fit } from "./fit";
import type { Weights } from "./network";
import { onGrid, type Point } from "./points";
import { OwnPoints } from "./own";
import "./regression.css";

const TASK = "regression";

/** One training as far as it is known. */
interface View {
  data: Data;
  activation: string;
  lr: number;
  /** None of a training that diverged before its first frame. */
  frame?: Event;
  course?: Event;
  gradients?: Checked[];
}

export function Regression() {
  const [view, setView] = useState<View | null>(null);
  const [failed, setFailed] = useState<Event | null>(null);
  useEffect(() => {
    let asked = "";
    const [draw, end] = perFrame();
    const stop = effect(() => {
      // Within the event of the slider: after the next frame would be later.
      const now = wished(TASK);
      const all = JSON.stringify([now, setup.value!.lang]);
      if (all === asked) return;
      asked = all;
      listen(now, (next) => draw(() => setView(next)), setFailed);
    });
    return () => {
      stop();
      end();
      giveUp(TASK);
    };
  }, []);
  const now = state(TASK);
  const { data, frame, course } = view ?? {};
  // While a slider moves, only the fit is drawn at every frame; the rest when its training has ended.
  const last = useRef<{ trained?: View; checked?: View }>({});
  if (view?.course) last.current.trained = view;
  if (view?.gradients) last.current.checked = view;
  const { trained, checked } = last.current;
  const weights = frame?.weights as Weights | undefined;
  const diverged = course?.diverged_at as number | null | undefined;
  const told = frame && t("regression.fit_summary", { step: frame.step, loss: frame.loss });
  return (
    <>
      <Card title={t("regression.settings")}>
        <Choice
          task={TASK}
          field="target"
          onChoice={(target) => target === "own" && !(now.points as Point[]).length && data && startOwn(data)}
        />
        <Slider task={TASK} field="hidden" />
        <Choice task={TASK} field="activation" />
        <Slider task={TASK} field="lr" log least={1e-6} />
        <Slider task={TASK} field="steps" log />
        <Slider task={TASK} field="noise" />
        <Whole task={TASK} field="seed" />
      </Card>
      <Card title={t("regression.fit")} wide>
        {failed && (
          <p class="error" role="alert">
            {failed.field ? `${t(`regression.fields.${failed.field}`)}: ` : ""}{failed.text ?? t("regression.lost")}
          </p>
        )}
        {view && <Fit data={view.data} weights={weights} activation={view.activation} summary={told ?? t("regression.fit")} />}
        <p role="status">
          {told}{" "}
          {diverged ? <strong class="error">{t("regression.diverged", { step: diverged })}</strong>
            : course && t("regression.test_error", { error: number(course.metrics.test_loss) })}
        </p>
        {weights && view && <Bends data={view.data} weights={weights} activation={view.activation} />}
      </Card>
      {trained && <Loss course={trained.course!} />}
      {checked?.frame && checked.gradients!.length > 0 && <GradientCheck checked={checked.gradients!} step={checked.frame.step} />}
      <OwnPoints key={JSON.stringify(now.box)} />
      {trained?.frame && (
        <Formulas data={trained.data} weights={trained.frame.weights as Weights} activation={trained.activation} lr={trained.lr} />
      )}
      <Reproduce task={TASK} />
    </>
  );
}

/** Does what it is given before the browser paints next, in one go: events come faster than one can draw them. */
function perFrame(): [(change: () => void) => void, () => void] {
  let waiting: (() => void)[] = [];
  let frame = 0;
  const draw = (change: () => void) => {
    waiting.push(change);
    frame ||= requestAnimationFrame(() => {
      const all = waiting;
      [waiting, frame] = [[], 0];
      for (const one of all) one();
    });
  };
  return [draw, () => cancelAnimationFrame(frame)];
}

/** Wish what is set, and tell what becomes of it. */
function listen(
  now: Record<string, unknown>,
  setView: (next: (before: View | null) => View | null) => void,
  setFailed: (event: Event | null) => void,
): void {
  let data: Data | null = null; // drawn with the first frame of its training
  wish(TASK, TASK, now, (event) => {
    if (event.kind === "data") {
      const array = (name: string) => (event[name] as Tensor).data;
      data = { x: array("x"), y: array("y"), grid: array("grid"), curve: array("curve") };
      setFailed(null);
      return;
    }
    if (event.kind === "error") {
      setFailed(event);
      return;
    }
    const more = { frame: { frame: event }, course: { course: event }, done: { gradients: event.gradients } }[event.kind];
    const fresh: View = { data: data!, activation: now.activation as string, lr: now.lr as number };
    setView((before) => ({ ...(before?.data === data ? before : fresh), ...more }));
  });
}

/** Turn what is shown into points of one's own, when these are chosen and there are none. */
function startOwn(data: Data): void {
  const points = onGrid(Array.from(data.grid, (x, i): Point => [x, data.curve[i]!]));
  change(TASK, { target: "own", points, box: [] });
}

function Loss({ course }: { course: Event }) {
  const [steps, losses] = [(course.steps as Tensor).data, (course.losses as Tensor).data];
  const finite = Array.from(losses, (loss) => (Number.isFinite(loss) && loss > 0 && loss < 1e6 ? loss : null));
  const last = finite.filter((loss) => loss !== null).at(-1);
  return (
    <Card title={t("regression.loss")}>
      {finite.length > 1 && last !== undefined && (
        <Chart
          x={Array.from(steps)}
          lines={[{ label: t("regression.loss"), y: finite, colour: "--train" }]}
          summary={t("regression.loss_summary", { first: finite[0] ?? NaN, last, step: steps.at(-1)! })}
          xLabel={t("regression.step_axis")}
          yLabel={t("regression.loss_axis")}
          xLog
          yLog
          height={300}
        />
      )}
    </Card>
  );
}

/** Part 2: two classes of points, told apart anew while a slider moves. */
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { change, state, wished } from "../address";
import { Card, Choice, Slider, Whole } from "../controls";
import { Reproduce } from "../reproduce";
import { fields } from "../setup";
import { number, percent, t } from "../words";
import { Loss } from "./loss";
import { columns, logits, wrong, type Widths } from "./network";
import { Neurons } from "./neurons";
import { OwnPoints } from "./own";
import { boxOf, grid, type Line, lineOf } from "./plane";
import { Player } from "./player";
import { areBoth, MOST, ownPoints, type Point, rounded } from "./points";
import { type Brush, Surface } from "./surface";
import { placeAt, type Told, type Trained, type Training, useTraining } from "./training";
import "./binary.css";

const TASK = "binary";
const CELLS = 84;
const CELLS_OF_LINES = 56;
const CELLS_OF_FAINT = 36;

export function Binary() {
  const now = wished(TASK);
  const isOwn = now.shape === "own";
  const own = ownPoints(now.points);
  const told = useTraining(now, !isOwn || areBoth(own));
  const { training } = told;
  const [brush, setBrush] = useState<Brush>("0");
  const before = useRef(now);
  useEffect(() => {
    if (before.current !== now) change(TASK, { epoch: -1 }); // what is trained anew is followed
    before.current = now;
  }, [now]);

  const seed = (training?.of.seed ?? now.seed) as number;
  const first = training?.networks.get(seed);
  const epoch = state(TASK).epoch as number; // −1: the last one
  const place = first ? placeAt(first, epoch < 0 ? Infinity : epoch) : 0;
  const step = first?.steps[place] ?? 0;
  const paste = (points: Point[]) => change(TASK, { points: points.slice(0, MOST) });
  const mine = { points: own, brush, change: paste, choose: setBrush };
  return (
    <>
      <Card title={t("binary.settings")}>
        <Shape />
        {!isOwn && <Slider task={TASK} field="count" />}
        {!isOwn && <Slider task={TASK} field="noise" />}
        {!isOwn && training && <button type="button" onClick={() => copy(training)}>{t("binary.mine")}</button>}
        {isOwn && <OwnPoints {...mine} />}
        <h3>{t("binary.network")}</h3>
        <Slider task={TASK} field="hidden" />
        <Slider task={TASK} field="layers" />
        <Choice task={TASK} field="activation" />
        <Slider task={TASK} field="init_scale" log />
        <Slider task={TASK} field="lr" log />
        <Slider task={TASK} field="epochs" log />
        <Whole task={TASK} field="seed" />
        <Slider task={TASK} field="seeds" />
      </Card>
      <Card title={t("binary.surface")} wide>
        <div class="plane">
          <div>
            <Plane training={training} place={place} seed={seed} own={isOwn ? mine : undefined} />
            <p class="legend">
              <span class="disc" aria-hidden="true" /> {t("binary.class", { label: 0 })}
              <span class="square" aria-hidden="true" /> {t("binary.class", { label: 1 })}
              <span class="line" aria-hidden="true" /> {t("binary.line")}
            </p>
          </div>
          <div>
            {first && <Player steps={first.steps} at={place} show={(to) => change(TASK, { epoch: to === null ? -1 : first.steps[to]! })} />}
            <Said told={told} first={first} place={place} isReady={!isOwn || areBoth(own)} />
            {training && first && <Loss training={training} seed={seed} mark={step} seeds={training.of.seeds as number} />}
          </div>
        </div>
      </Card>
      <Card title={t("binary.neurons")} whole>
        <p><small>{t("binary.neurons_hint")}</small></p>
        {training && first && (
          <Neurons
            weights={first.weights[place]!}
            widths={widthsOf(training)}
            activation={training.of.activation as string}
            box={boxOf(training.of.shape as string, training.data.x)}
          />
        )}
      </Card>
      <Reproduce task={TASK} />
    </>
  );
}

function widthsOf({ of }: Training): Widths {
  return [2, ...Array<number>(of.layers as number).fill(of.hidden as number), 1];
}

/** The shape, with the noise that the lab gives it. */
function Shape() {
  const id = useId();
  const { shape, noise } = fields(TASK);
  return (
    <div class="field">
      <label for={id}>{t("binary.fields.shape")}</label>
      <select
        id={id}
        value={state(TASK).shape as string}
        onChange={(e) => {
          const next = e.currentTarget.value;
          const usual = (noise!.of as Record<string, number>)[next];
          change(TASK, { shape: next, ...(usual === undefined ? {} : { noise: usual }) });
        }}
      >
        {shape!.enum!.map((name) => <option key={name} value={name}>{t(`binary.shape.${name}`)}</option>)}
      </select>
    </div>
  );
}

/** The points of a shape become one's own, at most as many as there may be. */
function copy({ data }: Training): void {
  const count = Math.min(MOST, data.y.length);
  const points = Array.from({ length: count }, (_, i): Point => [
    rounded(data.x[2 * i]!), rounded(data.x[2 * i + 1]!), data.y[i] as 0 | 1,
  ]);
  change(TASK, { shape: "own", points });
}

type Mine = Parameters<typeof Surface>[0]["own"];

function Plane({ training, place, seed, own }: { training: Training | null; place: number; seed: number; own: Mine }) {
  // Lines of a network at a snapshot do not change: they are found once.
  const found = useRef(new WeakMap<Float32Array, Line[]>());
  const now = state(TASK);
  const data = training?.data;
  const box = useMemo(
    () => boxOf(now.shape as string, own ? own.points.flatMap(([x, y]) => [x, y]) : (data?.x ?? [])),
    [now.shape, own ? now.points : data],
  );
  useMemo(() => (found.current = new WeakMap()), [box.left, box.bottom, box.side, training?.data]);
  const first = training?.networks.get(seed);
  const weights = first?.weights[place];
  const cells = useMemo(() => grid(box, CELLS), [box]);
  const probabilities = useMemo(
    () => training && weights
      ? logits(weights, widthsOf(training), training.of.activation as string, cells).map((z) => 1 / (1 + Math.exp(-z)))
      : null,
    [weights, cells],
  );
  const line = (one: Float32Array, across = CELLS_OF_LINES): Line[] => {
    let lines = found.current.get(one);
    if (!lines) {
      lines = lineOf(one, widthsOf(training!), training!.of.activation as string, box, across);
      found.current.set(one, lines);
    }
    return lines;
  };
  const step = first?.steps[place] ?? 0;
  const faint = [...(training?.networks ?? [])].filter(([other]) => other !== seed)
    .map(([, one]) => line(one.weights[placeAt(one, step)]!, CELLS_OF_FAINT));
  const shown = own ? own.points.flatMap(([x, y]) => [x, y]) : (data?.x ?? []);
  return (
    <Surface
      box={box}
      probabilities={probabilities}
      line={weights ? line(weights) : []}
      faint={faint}
      points={shown}
      labels={own ? own.points.map((p) => p[2]) : (data?.y ?? [])}
      summary={t("binary.surface_summary", { shape: t(`binary.shape.${now.shape as string}`), step })}
      own={own}
    />
  );
}

/** In words: losses, shares of right answers, whether the points are told apart; what went wrong. */
function Said({ told, first, place, isReady }: { told: Told; first?: Trained; place: number; isReady: boolean }) {
  const { training, error, busy } = told;
  const weights = first?.weights[place];
  const counted = useMemo(() => {
    if (!training || !weights) return null;
    const side = (x: Float32Array, y: Uint8Array) =>
      wrong(logits(weights, widthsOf(training), training.of.activation as string, columns(x)), y);
    const { x, y, testX, testY } = training.data;
    return { train: side(x, y), of: y.length, test: side(testX, testY), ofTest: testY.length };
  }, [weights]);
  if (!isReady) return <p role="status">{t("binary.need_both")}</p>;
  const courses = [...(training?.networks.values() ?? [])].flatMap((one) => one.course ?? []);
  const separated = courses.filter((one) => one.separated).length;
  const diverged = courses.filter((one) => one.diverged_at !== null).length;
  const loss = first?.losses[place];
  const whose = training?.of.shape === "own" ? "own_" : "";
  return (
    <div role="status" class="answered">
      {error && <p class="error">{error.lost ? t("binary.lost") : error.text}</p>}
      {counted && first && (
        <dl>
          <dt>{t("binary.loss")}</dt>
          <dd>{loss === undefined || Number.isNaN(loss) ? "–" : number(loss)}</dd>
          <dt>{t("binary.train")}</dt>
          <dd>{percent(1 - counted.train / counted.of)}</dd>
          {training!.of.shape !== "own" && <dt>{t("binary.test")}</dt>}
          {training!.of.shape !== "own" && <dd>{percent(1 - counted.test / counted.ofTest)}</dd>}
        </dl>
      )}
      {first?.course && (
        <p class="verdict">
          {first.course.diverged_at !== null
            ? t("binary.diverged", { epoch: first.course.diverged_at })
            : first.course.separated
              ? t(`binary.${whose}separated`)
              : t(`binary.${whose}not_separated`, { right: percent(first.course.metrics.test_accuracy!) })}
        </p>
      )}
      {courses.length > 1 && <p>{t("binary.of_seeds", { separated, seeds: courses.length })}</p>}
      {courses.length > 1 && diverged > 0 && <p>{t("binary.diverged_seeds", { diverged })}</p>}
      {busy && first?.course && <p>{t("binary.more", { done: courses.length, seeds: training!.of.seeds as number })}</p>}
    </div>
  );
}

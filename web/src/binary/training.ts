/** What the server told of a training, seed by seed. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { State } from "../address";
import { type Event, giveUp, type Tensor, wish } from "../socket";
import { ownPoints } from "./points";

export interface Course {
  steps: ArrayLike<number>;
  losses: Float64Array;
  metrics: Record<string, number>;
  diverged_at: number | null;
  /** Whether at least 99 % of the fresh points are answered right. */
  separated: boolean;
}

/** One network: its weights and losses at every snapshot so far, and its course once it is trained. */
export interface Trained {
  steps: number[];
  losses: number[];
  weights: Float32Array[];
  course?: Course;
}

export interface Data {
  x: Float32Array;
  y: Uint8Array;
  testX: Float32Array;
  testY: Uint8Array;
}

export interface Training {
  /** The wish that it answers. */
  of: State;
  data: Data;
  /** By seed; the first is that of the wish. */
  networks: Map<number, Trained>;
}

export interface Told {
  training: Training | null;
  error: Event | null;
  /** Whether something is still to come. */
  busy: boolean;
}

/** Train what is wished; the networks of the last wish stay until those of the next one come. */
export function useTraining(now: State, ready: boolean): Told {
  const [told, setTold] = useState<Told>({ training: null, error: null, busy: false });
  const training = useRef<Training | null>(null);
  useEffect(() => {
    if (!ready) {
      setTold({ training: null, error: null, busy: false });
      return;
    }
    const asked = { ...now, points: now.shape === "own" ? ownPoints(now.points) : [] };
    let frame = 0;
    let last: Omit<Told, "training"> = { error: null, busy: true };
    const show = (next = last) => {
      last = next;
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setTold({ training: training.current && { ...training.current }, ...last });
      });
    };
    const others = (event: Event) => {
      if (event.kind === "error") show({ error: event, busy: false });
      else if (event.kind === "done") show({ error: null, busy: false });
      else {
        take(training.current!, event);
        show();
      }
    };
    wish("binary", "binary", asked, (event) => {
      if (event.kind === "error") show({ error: event, busy: false });
      else if (event.kind === "data") training.current = { of: now, data: dataOf(event), networks: new Map() };
      else if (event.kind !== "done") {
        take(training.current!, event);
        show();
      } else if (now.seeds === 1) show({ error: null, busy: false });
      else {
        wish("binary-seeds", "binary_seeds", asked, others, () => {
          const { networks } = training.current!;
          for (const seed of networks.keys()) if (seed !== now.seed) networks.delete(seed);
        });
      }
    });
    return () => {
      cancelAnimationFrame(frame);
      giveUp("binary");
      giveUp("binary-seeds");
    };
  }, [now, ready]);
  return told;
}

function dataOf(event: Event): Data {
  const array = (name: string) => (event[name] as Tensor<any>).data;
  return { x: array("x"), y: array("y"), testX: array("test_x"), testY: array("test_y") };
}

function take({ networks }: Training, event: Event): void {
  if (event.kind === "frames") {
    const { data, shape } = event.weights as Tensor;
    const size = shape[1]!;
    (event.seeds as number[]).forEach((seed, row) => {
      let one = networks.get(seed);
      if (!one) networks.set(seed, (one = { steps: [], losses: [], weights: [] }));
      one.steps.push(event.steps[row]);
      one.losses.push(event.losses[row]);
      one.weights.push(data.subarray(row * size, (row + 1) * size));
    });
  } else if (event.kind === "course") {
    networks.get(event.seed)!.course = {
      steps: (event.steps as Tensor<ArrayLike<number>>).data,
      losses: (event.losses as Tensor<Float64Array>).data,
      metrics: event.metrics,
      diverged_at: event.diverged_at,
      separated: event.separated,
    };
  }
}

/** The place of the snapshot of a network at a step, or of the last one before it. */
export function placeAt(one: Trained, step: number): number {
  let place = one.steps.length - 1;
  while (place > 0 && one.steps[place]! > step) place--;
  return place;
}

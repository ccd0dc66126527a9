/** A training as the page sees it: the events of the task `cifar`, put together. */
import { useEffect, useState } from "preact/hooks";
import { change, type State, wished } from "../address";
import { type Event, giveUp, type Tensor, wish } from "../socket";
import { setup } from "../setup";
import { Course } from "./course";
import type { ClassName } from "./names";
import type { Pictures } from "./pixels";

export interface Data {
  source: string;
  names: ClassName[];
  samples: Tensor<Uint8Array>;
  sizes: Record<string, number>;
  parameters: number;
}

export interface Layer {
  epoch: number;
  images: Pictures;
}

export interface Outcome {
  diverged: [number, number][];
  accuracy?: Record<"mean" | "low" | "high" | "sd" | "new_low" | "new_high" | "train", number>;
  overfitting?: { epoch: number; loss: number; end: number; accuracy: number; grows: boolean };
  confusions?: Tensor<Float64Array>;
  shown?: number;
  wrong?: { images: Pictures; true: Tensor<Float64Array>; answers: Tensor<Float64Array>; chances: Tensor };
  neurons?: { images: Pictures; labels: Tensor<Float64Array>; chosen: Tensor<Float64Array>; each: number; sums: Tensor } | null;
}

export class Training {
  status: "waiting" | "runs" | "done" | "stopped" | "error" = "waiting";
  data: Data | null = null;
  course: Course;
  layers: Layer[] = [];
  done: Outcome | null = null;
  error = "";

  constructor(readonly asked: State) {
    this.course = new Course(asked.seeds as number);
  }

  /** How much of the work is done, 0 to 1. */
  get share(): number {
    return this.course.epochs / ((this.asked.epochs as number) * (this.asked.seeds as number));
  }

  /** The same after one more event: a value of its own, so that what shows it is drawn anew. */
  after(event: Event): Training {
    const next: Training = Object.assign(Object.create(Training.prototype), this);
    if (next.status === "waiting") next.status = "runs";
    if (event.kind === "data") next.data = event as unknown as Data;
    if (event.kind === "layer") next.layers = [...this.layers, event as unknown as Layer].sort((a, b) => a.epoch - b.epoch);
    if (event.kind === "frame") for (const [seed, rows] of event.rows) next.course.add(seed, rows);
    if (event.kind === "done") {
      next.done = event as unknown as Outcome;
      next.status = "done";
    }
    if (event.kind === "error") {
      next.error = event.text ?? "";
      next.status = "error";
    }
    return next;
  }

  /** The same, given up. */
  stopped(): Training {
    return Object.assign(Object.create(Training.prototype), this, { status: "stopped" });
  }
}

/** The training of a part of the page: begun when the part is opened, and when it is asked for. */
export function useTraining(task: string): { training: Training; start: () => void; stop: () => void } {
  const [training, set] = useState(() => new Training(wished(task)));
  const start = () => {
    let now = new Training(wished(task));
    const begin = () => set((now = new Training(now.asked)));
    begin();
    wish(task, task, now.asked, (event) => set((now = now.after(event))), begin);
  };
  const anew = () => {
    change(task, { epoch: -1, cell: [] }); // what is trained anew is followed
    start();
  };
  const stop = () => {
    giveUp(task);
    set((now) => now.stopped());
  };
  useEffect(() => {
    start();
    return () => giveUp(task);
  }, [setup.value?.lang]);
  return { training, start: anew, stop };
}

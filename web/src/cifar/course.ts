/** Loss and accuracy of all seeds after each epoch: means, and the band that holds 80 % of them. */
import { quantile } from "../quantile";
import type { Tensor } from "../socket";

/** In the order of the columns of an event. */
export const COLUMNS = ["train_loss", "train_accuracy", "test_loss", "test_accuracy"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Band {
  mean: number[];
  low: number[];
  high: number[];
}

export class Course {
  /** Epochs of all seeds together. */
  epochs = 0;
  private rows: number[][][]; // of every seed and epoch
  private bands: Record<string, Band> = {};
  private of = "";

  constructor(seeds: number) {
    this.rows = Array.from({ length: seeds }, () => []);
  }

  add(seed: number, rows: Tensor<Float64Array>): void {
    const width = COLUMNS.length;
    for (let at = 0; at < rows.data.length; at += width) {
      this.rows[seed]!.push([...rows.data.subarray(at, at + width)]);
      this.epochs++;
    }
  }

  /** Of a column, for as many epochs as all seeds have that have begun and did not diverge. */
  band(column: Column): Band {
    const healthy = this.rows.filter((rows) => rows.length && rows.at(-1)!.every(Number.isFinite));
    const of = healthy.map((rows) => this.rows.indexOf(rows)).join();
    if (of !== this.of) [this.bands, this.of] = [{}, of];
    const band = (this.bands[column] ??= { mean: [], low: [], high: [] });
    const at = COLUMNS.indexOf(column);
    const reached = healthy.length ? Math.min(...healthy.map((rows) => rows.length)) : 0;
    for (let epoch = band.mean.length; epoch < reached; epoch++) {
      const values = healthy.map((rows) => rows[epoch]![at]!).sort((a, b) => a - b);
      band.mean.push(values.reduce((sum, value) => sum + value, 0) / values.length);
      band.low.push(quantile(values, 0.1));
      band.high.push(quantile(values, 0.9));
    }
    return band;
  }
}

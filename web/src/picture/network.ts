/** A trained network in the page: what `fclab.values.model` computes, for one picture. */
import type { Tensor } from "../socket";
import type { Raster } from "./resample";

export interface ClassName {
  number: number;
  en: string;
  ru: string;
}

/** One network of those that answer together. */
export interface Member {
  layers: number;
  activation: "relu" | "sigmoid" | "tanh" | "gelu";
  norm: "none" | "batch" | "layer";
  pool: number;
  contrast: boolean;
  tta: "none" | "flip" | "shift";
  preprocessing: { scale: number; mean: number[]; std: number[] };
  weights: Record<string, { shape: number[]; data: Float32Array }>;
}

/** Something that tells classes of pictures apart. */
export interface Model {
  name: string;
  /** Height, width, channels. */
  shape: [number, number, number];
  classes: ClassName[];
  /** What stood in place of CIFAR-100 in training, or nothing. */
  substitute: string;
  /** The recipe in words. */
  recipe: string;
  members: Member[];
  /** The probability of every class; of a file of another program they come later. */
  probabilities: (picture: Raster) => Float64Array | Promise<Float64Array>;
}

const NORM_EPSILON = 1e-5;
const CONTRAST_EPSILON = 1e-2;

/** What Python writes: of every array its shape, and its float32 numbers in base64 or as they are. */
export interface Written extends Omit<Model, "members" | "probabilities"> {
  members: (Omit<Member, "weights"> & { weights: Record<string, { shape: number[]; data: string | Tensor }> })[];
}

/** A network from what Python wrote. */
export function readModel(written: Written): Model {
  const members = written.members.map((member) => ({
    ...member,
    weights: Object.fromEntries(
      Object.entries(member.weights).map(([name, { shape, data }]) => [name, { shape, data: numbers(data) }]),
    ),
  }));
  return { ...written, members, probabilities: (picture) => probabilities(members, written.shape, picture) };
}

function numbers(data: string | Tensor): Float32Array {
  if (typeof data !== "string") return data.data;
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

/** The probability of every class: of one view of one network, or of the mean log-probabilities. */
export function probabilities(members: Member[], shape: Model["shape"], picture: Raster): Float64Array {
  const each = members.map((member) => {
    const logs = views(member, shape, inputs(member, picture)).map((view) => logSoftmax(forward(member, view)));
    return mean(logs);
  });
  return softmax(mean(each));
}

function inputs({ preprocessing, contrast }: Member, { data }: Raster): Float32Array {
  const { scale, mean, std } = preprocessing;
  const x = Float32Array.from(data, (byte, i) => {
    const centred = byte / scale - mean[mean.length === 1 ? 0 : i % 3]!;
    return centred / std[std.length === 1 ? 0 : i % 3]!;
  });
  if (!contrast) return x;
  const middle = x.reduce((sum, v) => sum + v, 0) / x.length;
  const variance = x.reduce((sum, v) => sum + (v - middle) ** 2, 0) / x.length;
  const spread = Math.sqrt(variance + CONTRAST_EPSILON);
  return x.map((v) => (v - middle) / spread);
}

/** What the first layer sees: see `fclab.values.model.views`. */
function views({ tta, pool }: Member, [height, width]: Model["shape"], x: Float32Array): Float32Array[] {
  if (tta === "none") return [pooled(x, height, width, pool, 0, 0)];
  const s = tta === "shift" ? 1 : 0;
  const places = [[0, 0], ...(s ? [[-1, 0], [1, 0], [0, -1], [0, 1]] : [])] as [number, number][];
  return places.flatMap(([down, right]) => {
    const view = pooled(x, height, width, pool, down, right);
    return [view, flipped(view, width / pool)];
  });
}

/** Means over squares of pixels, which begin so far from the corner; edges are reflected. */
function pooled(
  x: Float32Array, height: number, width: number, pool: number, down: number, right: number,
): Float32Array {
  if (pool === 1 && !down && !right) return x;
  const [rows, columns] = [height / pool, width / pool];
  const made = new Float32Array(3 * rows * columns);
  const reflected = (at: number, size: number) => (at < 0 ? -at : at >= size ? 2 * size - 2 - at : at);
  for (let i = 0, place = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, place += 3) {
      for (let a = 0; a < pool; a++) {
        const row = 3 * width * reflected(i * pool + a + down, height);
        for (let b = 0; b < pool; b++) {
          const at = row + 3 * reflected(j * pool + b + right, width);
          for (let c = 0; c < 3; c++) made[place + c]! += x[at + c]!;
        }
      }
      for (let c = 0; c < 3; c++) made[place + c]! /= pool ** 2;
    }
  }
  return made;
}

function flipped(x: Float32Array, width: number): Float32Array {
  const made = new Float32Array(x.length);
  for (let place = 0; place < x.length; place += 3) {
    const column = (place / 3) % width;
    const from = place + 3 * (width - 1 - 2 * column);
    for (let c = 0; c < 3; c++) made[place + c] = x[from + c]!;
  }
  return made;
}

function forward(member: Member, view: Float32Array): Float64Array {
  let x: Float64Array | Float32Array = view;
  for (let i = 1; i <= member.layers; i++) {
    const { data: w } = member.weights[`fc${i}.weight`]!;
    const { data: b } = member.weights[`fc${i}.bias`]!;
    const [n, seen] = [x.length, x];
    const made = new Float64Array(b.length);
    for (let j = 0; j < made.length; j++) {
      let sum = b[j]!;
      for (let k = 0, at = j * n; k < n; k++, at++) sum += w[at]! * seen[k]!;
      made[j] = sum;
    }
    x = i < member.layers ? activated(member.activation, normalised(member, i, made)) : made;
  }
  return x as Float64Array;
}

function normalised({ norm, weights }: Member, i: number, z: Float64Array): Float64Array {
  if (norm === "none") return z;
  const { data: gain } = weights[`norm${i}.weight`]!;
  const { data: offset } = weights[`norm${i}.bias`]!;
  if (norm === "batch") {
    const { data: means } = weights[`norm${i}.mean`]!;
    const { data: vars } = weights[`norm${i}.var`]!;
    return z.map((v, j) => ((v - means[j]!) / Math.sqrt(vars[j]! + NORM_EPSILON)) * gain[j]! + offset[j]!);
  }
  const middle = z.reduce((sum, v) => sum + v, 0) / z.length;
  const variance = z.reduce((sum, v) => sum + (v - middle) ** 2, 0) / z.length;
  return z.map((v, j) => ((v - middle) / Math.sqrt(variance + NORM_EPSILON)) * gain[j]! + offset[j]!);
}

function activated(name: Member["activation"], z: Float64Array): Float64Array {
  switch (name) {
    case "relu":
      return z.map((v) => Math.max(0, v));
    case "sigmoid":
      return z.map((v) => 1 / (1 + Math.exp(-v)));
    case "tanh":
      return z.map(Math.tanh);
    case "gelu":
      return z.map((v) => (v * (1 + erf(v / Math.SQRT2))) / 2);
  }
}

/** Abramowitz and Stegun 7.1.26; off by less than 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

function logSoftmax(z: Float64Array): Float64Array {
  const most = Math.max(...z);
  const log = Math.log(z.reduce((sum, v) => sum + Math.exp(v - most), 0)) + most;
  return z.map((v) => v - log);
}

/** Logits to probabilities. */
export function softmax(z: Float64Array): Float64Array {
  return logSoftmax(z).map(Math.exp);
}

function mean(rows: Float64Array[]): Float64Array {
  return rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}

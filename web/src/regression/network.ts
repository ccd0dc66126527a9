/** A network of one hidden layer, computed in the page from the weights that the engine learnt. */
import type { Tensor } from "../socket";

export type Weights = Record<string, Tensor>;

export const activations: Record<string, (z: number) => number> = {
  relu: (z) => Math.max(0, z),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
};

const slopes: Record<string, (z: number) => number> = {
  relu: (z) => (z > 0 ? 1 : 0),
  sigmoid: (z) => activations.sigmoid!(z) * activations.sigmoid!(-z),
  tanh: (z) => 1 - Math.tanh(z) ** 2,
};

/** w, b, v of every hidden neuron, and c. */
export function parts(weights: Weights) {
  const of = (name: string) => weights[name]!.data;
  return { w: of("fc1.weight"), b: of("fc1.bias"), v: of("fc2.weight"), c: of("fc2.bias")[0]! };
}

/** The outputs for inputs x: Σ vⱼ f(wⱼ x + bⱼ) + c. */
export function outputs(weights: Weights, activation: string, x: ArrayLike<number>): Float32Array {
  const f = activations[activation]!;
  const { w, b, v, c } = parts(weights);
  return Float32Array.from(x, (at) => {
    let sum = c;
    for (let j = 0; j < w.length; j++) sum += v[j]! * f(w[j]! * at + b[j]!);
    return sum;
  });
}

export interface Hinge {
  /** Number of the neuron, from 1. */
  unit: number;
  /** Where w x + b = 0. */
  x: number;
  /** ReLU: by how much the slope of the output changes there; else the slope there, v w f′(0). */
  change: number;
}

/** Where every hidden neuron bends, or has its centre. */
export function hinges(weights: Weights, activation: string): Hinge[] {
  const { w, b, v } = parts(weights);
  return Array.from(w, (slope, j) => ({
    unit: j + 1,
    x: -b[j]! / slope,
    change: activation === "relu" ? v[j]! * Math.abs(slope) : v[j]! * slope * slopes[activation]!(0),
  }));
}

/** The derivatives of L = Σ (ŷᵢ − yᵢ)² by w, b and v of one neuron (from 1), and L. */
export function gradientsOf(
  weights: Weights, activation: string, unit: number, x: ArrayLike<number>, y: ArrayLike<number>,
) {
  const [f, df] = [activations[activation]!, slopes[activation]!];
  const all = parts(weights);
  const [w, b, v] = [all.w[unit - 1]!, all.b[unit - 1]!, all.v[unit - 1]!];
  const found = { w: 0, b: 0, v: 0, loss: 0 };
  const out = outputs(weights, activation, x);
  for (let i = 0; i < x.length; i++) {
    const error = out[i]! - y[i]!;
    const z = w * x[i]! + b;
    found.loss += error * error;
    found.v += 2 * error * f(z);
    found.b += 2 * error * v * df(z);
    found.w += 2 * error * v * df(z) * x[i]!;
  }
  return found;
}

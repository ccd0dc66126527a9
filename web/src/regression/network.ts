/** A network of one hidden layer, computed in the page from the weights that the engine learnt. */
import type { Tensor } from "../socket";

export type Weights = Record<string, Tensor>;

export const activations: Record<string, (z: number) => number> = {
  relu: (z) => Math.max(0, z),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
};

/** The outputs for inputs x: Σ vⱼ f(wⱼ x + bⱼ) + c. */
export function outputs(weights: Weights, activation: string, x: ArrayLike<number>): Float32Array {
  const f = activations[activation]!;
  const [w, b] = [weights["fc1.weight"]!.data, weights["fc1.bias"]!.data];
  const [v, c] = [weights["fc2.weight"]!.data, weights["fc2.bias"]!.data[0]!];
  return Float32Array.from(x, (at) => {
    let sum = c;
    for (let j = 0; j < w.length; j++) sum += v[j]! * f(w[j]! * at + b[j]!);
    return sum;
  });
}

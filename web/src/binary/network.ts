/** A network of some hidden layers and one output, computed in the page over many points at once. */

/** Its widths from the inputs to the output, as [2, 16, 1]. */
export type Widths = number[];

/**
 * What every layer answers: of layer l an array (neurons × points), the last one before the sigmoid.
 *
 * `weights` hold layer after layer the matrix (outputs × inputs), then the biases; `inputs` are
 * (2 × points).
 */
export function layersOf(weights: Float32Array, widths: Widths, activation: string, inputs: Float32Array): Float32Array[] {
  const n = inputs.length / widths[0]!;
  const made: Float32Array[] = [];
  let before = inputs;
  let at = 0;
  for (let layer = 1; layer < widths.length; layer++) {
    const [ins, outs] = [widths[layer - 1]!, widths[layer]!];
    const biases = at + ins * outs;
    const after = new Float32Array(outs * n);
    for (let j = 0; j < outs; j++) {
      const row = after.subarray(j * n, (j + 1) * n).fill(weights[biases + j]!);
      for (let k = 0; k < ins; k++) {
        const w = weights[at + j * ins + k]!;
        const from = k * n;
        for (let i = 0; i < n; i++) row[i]! += w * before[from + i]!;
      }
    }
    if (layer < widths.length - 1) activate(after, activation);
    made.push(after);
    before = after;
    at = biases + outs;
  }
  return made;
}

/** The output for every point, before the sigmoid: above 0 is class 1. */
export function logits(weights: Float32Array, widths: Widths, activation: string, inputs: Float32Array): Float32Array {
  return layersOf(weights, widths, activation, inputs).at(-1)!;
}

function activate(z: Float32Array, activation: string): void {
  if (activation === "relu") for (let i = 0; i < z.length; i++) z[i] = z[i]! > 0 ? z[i]! : 0;
  else if (activation === "tanh") for (let i = 0; i < z.length; i++) z[i] = 2 / (1 + Math.exp(-2 * z[i]!)) - 1;
  else for (let i = 0; i < z.length; i++) z[i] = 1 / (1 + Math.exp(-z[i]!));
}

/** Points (n × 2) as inputs (2 × n). */
export function columns(points: ArrayLike<number>): Float32Array {
  const n = points.length / 2;
  return Float32Array.from({ length: 2 * n }, (_, i) => points[i < n ? 2 * i : 2 * (i - n) + 1]!);
}

/** How many points are on the wrong side. */
export function wrong(outputs: Float32Array, labels: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < outputs.length; i++) count += Number(outputs[i]! > 0 !== (labels[i] === 1));
  return count;
}

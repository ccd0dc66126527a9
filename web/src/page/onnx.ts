/** ONNX files of other programs, run by onnxruntime-web where the page has it within. */
import { type ClassName, type Model, softmax } from "../picture/network";
import type { Raster } from "../picture/resample";

interface Value {
  data: ArrayLike<number>;
  dims: readonly number[];
}

interface Session {
  inputNames: readonly string[];
  outputNames: readonly string[];
  inputMetadata: readonly { type?: string; shape?: readonly (number | string)[] }[];
  run(given: Record<string, Value>): Promise<Record<string, Value>>;
}

interface Runtime {
  env: { wasm: { wasmBinary?: ArrayBuffer; numThreads?: number } };
  InferenceSession: { create(file: Uint8Array, options: object): Promise<Session> };
  Tensor: new (type: string, data: Float32Array | Uint8Array, dims: number[]) => Value;
}

/** A file that was opened. */
export interface Onnx {
  name: string;
  shape: Model["shape"];
  outputs: number;
  logitsOf: (picture: Raster, most: number) => Promise<Float64Array>;
}

const CODE = "fclab-onnx-code";
const MACHINE = "fclab-onnx-machine";

/** Whether the page has what runs ONNX files. */
export const runsOnnx = () => !!document.getElementById(CODE);

let started: Promise<Runtime> | null = null;

/** Throws where the file is no network for colour images. */
export async function openOnnx(file: File): Promise<Onnx> {
  const runtime = await (started ??= start());
  const session = await runtime.InferenceSession.create(new Uint8Array(await file.arrayBuffer()), { executionProviders: ["wasm"] });
  const { type, shape = [] } = session.inputMetadata[0]!;
  const first = shape[1] === 3;
  if (shape.length !== 4 || (!first && shape[3] !== 3)) throw new Error("no colour images");
  const [height, width] = shape.slice(...(first ? [2, 4] : [1, 3])).map((n) => (typeof n === "number" ? n : 32)) as [number, number];
  const output = session.outputNames.includes("probabilities") ? "probabilities" : session.outputNames[0]!;
  let turn: Promise<unknown> = Promise.resolve();
  const logitsOf = (picture: Raster, most: number) => {
    const run = async () => {
      const pixels = first ? planes(picture) : Float32Array.from(picture.data);
      const given = type === "uint8" ? Uint8Array.from(pixels) : pixels.map((v) => (v * most) / 255);
      const dims = first ? [1, 3, height, width] : [1, height, width, 3];
      const found = await session.run({ [session.inputNames[0]!]: new runtime.Tensor(type ?? "float32", given, dims) });
      return Float64Array.from(found[output]!.data);
    };
    const mine = turn.then(run, run); // a session does one thing at a time
    turn = mine;
    return mine;
  };
  const blank = { width, height, data: new Uint8Array(3 * width * height) };
  return { name: file.name, shape: [height, width, 3], outputs: (await logitsOf(blank, 255)).length, logitsOf };
}

/** A file as a network of the page; its classes are those of the first network or of CIFAR-100. */
export function asModel(onnx: Onnx, most: number, first: Model, all: ClassName[]): Model {
  const numbers = Array.from({ length: onnx.outputs }, (_, number) => ({ number, en: String(number), ru: String(number) }));
  const known = [first.classes, all].find((classes) => classes.length === onnx.outputs);
  return {
    name: onnx.name, shape: onnx.shape, classes: known ?? numbers, substitute: "", recipe: "ONNX", members: [],
    probabilities: async (picture) => {
      const found = await onnx.logitsOf(picture, most);
      const sum = found.reduce((total, v) => total + v, 0);
      return Math.abs(sum - 1) < 1e-3 && found.every((v) => v >= 0) ? found : softmax(found);
    },
  };
}

function planes({ width, height, data }: Raster): Float32Array {
  const size = width * height;
  return Float32Array.from({ length: 3 * size }, (_, i) => data[3 * (i % size) + Math.floor(i / size)]!);
}

async function start(): Promise<Runtime> {
  const code = URL.createObjectURL(new Blob([await unpacked(CODE)], { type: "text/javascript" }));
  const runtime = (await import(/* @vite-ignore */ code)) as Runtime;
  URL.revokeObjectURL(code);
  runtime.env.wasm.wasmBinary = await unpacked(MACHINE);
  runtime.env.wasm.numThreads = 1; // a page of a file has no shared memory
  return runtime;
}

async function unpacked(id: string): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(document.getElementById(id)!.textContent!), (c) => c.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Small pictures out of many that came as one array (n, height, width, 3). */
import { useEffect, useRef } from "preact/hooks";
import type { Tensor } from "../socket";

export type Pictures = Tensor<Uint8Array>;

/** One of them; without a label it is decoration beside a text that says what it is. */
export function Pixels({ of, at, size, label = "" }: { of: Pictures; at: number; size: number; label?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [, height = 32, width = 32] = of.shape;
  useEffect(() => {
    const bytes = height * width;
    const seen = of.data.subarray(3 * bytes * at, 3 * bytes * (at + 1));
    const made = new ImageData(width, height);
    for (let i = 0; i < bytes; i++) {
      made.data.set(seen.subarray(3 * i, 3 * i + 3), 4 * i);
      made.data[4 * i + 3] = 255;
    }
    canvas.current!.getContext("2d")!.putImageData(made, 0, 0);
  }, [of, at]);
  const named = label ? { role: "img" as const, "aria-label": label } : { "aria-hidden": true };
  return <canvas ref={canvas} class="pixels" width={width} height={height} style={{ width: `${size}px`, height: `${size}px` }} {...named} />;
}

/** The part of the plane that is shown, its grid, and the lines on which a network does not decide. */
import { contours } from "d3-contour";
import { logits, type Widths } from "./network";

/** Left, bottom and the side of a square. */
export interface Box {
  left: number;
  bottom: number;
  side: number;
}

const BOXES: Record<string, Box> = {
  xor: { left: -0.6, bottom: -0.6, side: 2.2 },
  circles: { left: -1.4, bottom: -1.4, side: 2.8 },
  moons: { left: -1.4, bottom: -1.65, side: 3.8 },
  spiral: { left: -1.4, bottom: -1.4, side: 2.8 },
  own: { left: -1.5, bottom: -1.5, side: 3 },
};

/** The box of a shape, wider where its points reach further. */
export function boxOf(shape: string, points: ArrayLike<number>): Box {
  const usual = BOXES[shape]!;
  let reach = usual.side / 2;
  const [x, y] = [usual.left + reach, usual.bottom + reach];
  for (let i = 0; i < points.length; i += 2) {
    reach = Math.max(reach, 1.05 * Math.abs(points[i]! - x), 1.05 * Math.abs(points[i + 1]! - y));
  }
  return { left: x - reach, bottom: y - reach, side: 2 * reach };
}

/** Cells beyond each edge of what is shown, so that lines do not end at it. */
const BEYOND = 2;

/** The centres of cells × cells of a box, and of some around it, rows from above, as inputs (2 × n). */
export function grid(box: Box, cells: number, beyond = 0): Float32Array {
  const across = cells + 2 * beyond;
  const n = across * across;
  const made = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    made[i] = box.left + (((i % across) - beyond + 0.5) / cells) * box.side;
    made[n + i] = box.bottom + box.side - ((Math.floor(i / across) - beyond + 0.5) / cells) * box.side;
  }
  return made;
}

/** Lines p = 0.5 in parts of the box, from its left and upper edge. */
export type Line = [number, number][];

export function lineOf(weights: Float32Array, widths: Widths, activation: string, box: Box, cells: number): Line[] {
  const across = cells + 2 * BEYOND;
  const values = logits(weights, widths, activation, grid(box, cells, BEYOND));
  const [found] = contours().size([across, across]).thresholds([0])(values as unknown as number[]);
  return (found?.coordinates ?? []).flat().map((ring) => ring.map(([x, y]) => [(x! - BEYOND) / cells, (y! - BEYOND) / cells]));
}

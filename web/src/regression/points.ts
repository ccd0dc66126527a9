/** Points of a curve of one's own: read from text, brought into the lab's ranges, drawn over. */
import { parseRows, WrongLine } from "../points";

export type Point = [number, number];

export const MOST = 500;
/** x of a drawn curve, as of the lab's: i/100 − 0.5. */
const GRID = Array.from({ length: 100 }, (_, i) => (i - 50) / 100);
const round = (value: number) => Math.round(value * 1e4) / 1e4;

/** What is wrong with a text of points, as a text of the page and its values. */
export class Wrong extends Error {
  constructor(readonly key: string, readonly values: Record<string, number> = {}) {
    super(key);
  }
}

/** Points from lines of x and y. */
export function parsePoints(text: string): Point[] {
  const points = parseRows(text, 2).map(({ line, values: [x, y] }): Point => {
    if (Math.max(Math.abs(x!), Math.abs(y!)) >= 1e30) throw new WrongLine(line);
    return [x!, y!];
  });
  if (points.length < 2) throw new Wrong("few");
  if (points.length > MOST) throw new Wrong("many", { most: MOST });
  return points.sort((a, b) => a[0] - b[0]);
}

/** Points in the lab's ranges, and what stood there before: see `box` of the wish. */
export function scaled(points: Point[]): { points: Point[]; box: number[] } {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  if (x0 === x1) throw new Wrong("upright");
  if (x0 >= -0.5 && x1 <= 0.5 && y0 >= -0.5 && y1 <= 1.5) {
    return { points: points.map(([x, y]) => [round(x), round(y)]), box: [] };
  }
  const top = y1 > y0 ? y1 : y0 + 1;
  return {
    points: points.map(([x, y]) => [round((x - x0) / (x1 - x0) - 0.5), round((y - y0) / (top - y0))]),
    box: [x0, x1, y0, top],
  };
}

/** A number at an axis in the numbers of who brought the points. */
export const toOwn = (box: number[]) => ({
  x: (x: number) => (box.length === 4 ? box[0]! + (x + 0.5) * (box[1]! - box[0]!) : x),
  y: (y: number) => (box.length === 4 ? box[2]! + y * (box[3]! - box[2]!) : y),
});

/** The curve through some points at the places where one draws. */
export function onGrid(points: Point[]): Point[] {
  if (points.length === GRID.length && points.every(([x], i) => x === GRID[i])) return points;
  return GRID.map((x) => [x, round(between(points, x))]);
}

function between(points: Point[], x: number): number {
  const after = points.findIndex(([at]) => at >= x);
  if (after === 0) return points[0]![1];
  if (after < 0) return points.at(-1)![1];
  const [[x0, y0], [x1, y1]] = [points[after - 1]!, points[after]!];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** A curve on the grid with the way of a pointer drawn into it. */
export function drawnOver(points: Point[], way: Point[]): Point[] {
  const next = points.map(([x, y]): Point => [x, y]);
  way.forEach(([x, y], k) => {
    const [fromX, fromY] = way[Math.max(0, k - 1)]!;
    const [a, b] = [place(fromX), place(x)];
    for (let i = Math.min(a, b); i <= Math.max(a, b); i++) {
      const share = a === b ? 1 : (i - a) / (b - a);
      next[i]![1] = round(Math.min(1.5, Math.max(-0.5, fromY + share * (y - fromY))));
    }
  });
  return next;
}

/** A curve on the grid raised around one of its points. */
export function raised(points: Point[], at: number, by: number): Point[] {
  return points.map(([x, y], i) => [x, round(Math.min(1.5, Math.max(-0.5, y + by * Math.exp(-(((i - at) / 5) ** 2)))))]);
}

const place = (x: number) => Math.min(GRID.length - 1, Math.max(0, Math.round((x + 0.5) * 100)));

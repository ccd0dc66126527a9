/** Points of one's own: [x, y, class], as they are in the address and in a text. */
import { parseRows, WrongLine } from "../points";

export type Point = [number, number, 0 | 1];

export const MOST = 500;
/** No coordinate is further from 0. */
export const FURTHEST = 10;

/** The points of a state, whatever an address said. */
export function ownPoints(value: unknown): Point[] {
  return Array.isArray(value) ? (value.filter(isPoint) as Point[]).slice(0, MOST) : [];
}

function isPoint(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length === 3 &&
    value.slice(0, 2).every((v) => typeof v === "number" && Math.abs(v) <= FURTHEST) &&
    (value[2] === 0 || value[2] === 1)
  );
}

/** Whether there are points of both classes. */
export function areBoth(points: Point[]): boolean {
  return points.some((p) => p[2] === 0) && points.some((p) => p[2] === 1);
}

export const rounded = (v: number) => Math.round(v * 1000) / 1000;

export function toText(points: Point[]): string {
  return points.map((p) => p.join(",")).join("\n");
}

/** Points of a text, a line x,y,class for each; or what is wrong: a line, or that they are too many. */
export function fromText(text: string): Point[] | { line: number } | { count: number } {
  try {
    const points = parseRows(text, 3).map(({ line, values: [x, y, label] }) => {
      const point = [rounded(x!), rounded(y!), label];
      if (!isPoint(point)) throw new WrongLine(line);
      return point as Point;
    });
    return points.length > MOST ? { count: points.length } : points;
  } catch (error) {
    if (error instanceof WrongLine) return { line: error.line };
    throw error;
  }
}

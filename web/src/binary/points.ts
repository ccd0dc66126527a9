/** Points of one's own: [x, y, class], as they are in the address and in a text. */

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
  const points: Point[] = [];
  for (const [number, line] of text.split(/\r?\n/).entries()) {
    if (!line.trim()) continue;
    const point = parsed(line.trim());
    if (point) points.push(point);
    else if (number > 0 || /^[\d.+-]/.test(line.trim())) return { line: number + 1 };
  }
  return points.length > MOST ? { count: points.length } : points;
}

function parsed(line: string): Point | null {
  for (const separator of [/\s*[;\t]\s*/, /\s*,\s*/, /\s+/]) {
    const parts = line.split(separator);
    if (parts.length !== 3) continue;
    const numbers = parts.map((part) => Number(part.replace(",", ".") || NaN));
    const point = [rounded(numbers[0]!), rounded(numbers[1]!), numbers[2]];
    return isPoint(point) ? (point as Point) : null;
  }
  return null;
}

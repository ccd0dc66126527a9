/** Lines of a round pen on a picture. */
import type { Raster } from "./resample";
import { Source, type View } from "./view";

export interface Pen {
  colour: string;
  /** Pixels of what the network sees. */
  width: number;
}

type Place = [number, number];
const SIDE = 256;

/** A white picture of these proportions, to be drawn on. */
export function blank(height: number, width: number): Source {
  const scale = SIDE / Math.max(height, width);
  const [h, w] = [Math.round(height * scale), Math.round(width * scale)];
  return new Source({ width: w, height: h, data: new Uint8ClampedArray(3 * w * h).fill(255) });
}

export const dot = (source: Source, view: View, shape: Place, at: Place, pen: Pen) => line(source, view, shape, at, at, pen);

/** A picture with a line; its ends are places of the view. */
export function line(source: Source, view: View, shape: Place, from: Place, to: Place, pen: Pen): Source {
  const { raster } = source;
  const per = raster.width / shape[1] / view.zoom; // pixels of the picture for one of the view
  const angle = (-view.turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [a, b] = [from, to].map(([x, y]) => {
    const [dx, dy] = [x - view.x, y - view.y];
    return [raster.width / 2 + (cos * dx - sin * dy) * per, raster.height / 2 + (sin * dx + cos * dy) * per] as Place;
  }) as [Place, Place];
  return new Source(stroked(raster, a, b, (pen.width * per) / 2, pen.colour), source.name);
}

function stroked(picture: Raster, a: Place, b: Place, radius: number, colour: string): Raster {
  const data = Uint8ClampedArray.from(picture.data);
  const paint = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const squared = dx * dx + dy * dy;
  const rows = range(a[1], b[1], radius + 1, picture.height);
  const columns = range(a[0], b[0], radius + 1, picture.width);
  for (let y = rows[0]; y < rows[1]; y++) {
    for (let x = columns[0]; x < columns[1]; x++) {
      const [px, py] = [x + 0.5 - a[0], y + 0.5 - a[1]];
      const along = squared ? Math.min(1, Math.max(0, (px * dx + py * dy) / squared)) : 0;
      const covered = Math.min(1, radius + 0.5 - Math.hypot(px - along * dx, py - along * dy));
      if (covered <= 0) continue;
      const at = 3 * (picture.width * y + x);
      for (let c = 0; c < 3; c++) data[at + c] = data[at + c]! * (1 - covered) + paint[c]! * covered;
    }
  }
  return { ...picture, data };
}

function range(a: number, b: number, around: number, size: number): Place {
  return [Math.max(0, Math.floor(Math.min(a, b) - around)), Math.min(size, Math.ceil(Math.max(a, b) + around))];
}

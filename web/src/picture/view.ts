/**
 * A picture as it is moved, enlarged and turned, and what of it a network sees.
 *
 * Beyond its edges a picture is mirrored, as fclab's own shifts do it. Where nothing was moved, what
 * is seen is what `fclab predict` sees: the largest centred part of the wanted proportions.
 */
import { undone, upright } from "./orientation";
import { type Box, type Raster, resize } from "./resample";

/** Right and down in pixels of what the network sees; zoom as a factor; degrees, clockwise. */
export interface View {
  x: number;
  y: number;
  zoom: number;
  turn: number;
}

export const STILL: View = { x: 0, y: 0, zoom: 1, turn: 0 };
export const LEAST: View = { x: -16, y: -16, zoom: 0.5, turn: -180 };
export const MOST: View = { x: 16, y: 16, zoom: 8, turn: 180 };

/** Whether nothing was moved. */
export const isStill = (v: View) => v.x === 0 && v.y === 0 && v.zoom === 1 && v.turn === 0;

/** A view within its bounds; turns go round. */
export function bounded(view: View): View {
  const between = (name: "x" | "y" | "zoom") => Math.min(MOST[name], Math.max(LEAST[name], view[name]));
  const turn = ((((view.turn + 180) % 360) + 360) % 360) - 180;
  return { x: between("x"), y: between("y"), zoom: between("zoom"), turn };
}

/**
 * The view after what lay at one place was brought to another, enlarged and turned around it.
 *
 * Places are pixels of what the network sees, from its centre.
 */
export function drawn(view: View, from: [number, number], to: [number, number], factor = 1, turned = 0): View {
  const zoom = Math.min(MOST.zoom, Math.max(LEAST.zoom, view.zoom * factor));
  const scale = zoom / view.zoom;
  const [cos, sin] = [Math.cos((turned * Math.PI) / 180), Math.sin((turned * Math.PI) / 180)];
  const [dx, dy] = [view.x - from[0], view.y - from[1]];
  return bounded({
    x: to[0] + scale * (cos * dx - sin * dy),
    y: to[1] + scale * (sin * dx + cos * dy),
    zoom,
    turn: view.turn + turned,
  });
}

const SHARP = 256; // pixels of the shorter side that a view of zoom 1 is made of
const FINEST = 3; // times that may be doubled

/** A picture that is looked at, with smaller copies of it. */
export class Source {
  private readonly copies = new Map<number, Raster>();
  private readonly stills = new Map<string, Raster>();

  /**
   * @param raster the picture.
   * @param how the camera was held.
   * @param made what fclab made of it where the picture itself was only sent smaller.
   */
  constructor(
    readonly raster: Raster,
    readonly name = "",
    private readonly how = 1,
    made?: Raster,
  ) {
    if (made) this.stills.set(`${made.width}x${made.height}`, made);
  }

  /** What is seen where nothing was moved. */
  still(width: number, height: number): Raster {
    const key = `${width}x${height}`;
    let found = this.stills.get(key);
    if (!found) {
      const stored = upright(this.raster, undone(this.how));
      const [w, h] = this.how > 4 ? [height, width] : [width, height];
      found = upright(resize(cut(stored, middle(stored, h / w)), w, h), this.how);
      this.stills.set(key, found);
    }
    return found;
  }

  /** A copy that is fine enough for a zoom. */
  copy(zoom: number): Raster {
    const level = Math.min(FINEST, Math.max(0, Math.ceil(Math.log2(zoom))));
    let found = this.copies.get(level);
    if (!found) {
      const { width, height } = this.raster;
      const scale = Math.min(1, (SHARP * 2 ** level) / Math.min(width, height));
      found = scale === 1 ? this.raster
        : resize(this.raster, Math.max(1, Math.round(scale * width)), Math.max(1, Math.round(scale * height)));
      this.copies.set(level, found);
    }
    return found;
  }
}

/** What a network for pictures of this size sees. */
export function seen(source: Source, view: View, width: number, height: number): Raster {
  if (isStill(view)) return source.still(width, height);
  const { copy, centre, pitch } = placed(source, view, width, height);
  if (view.turn === 0) {
    const left = centre[0] - (width / 2 + view.x) * pitch[0];
    const top = centre[1] - (height / 2 + view.y) * pitch[1];
    return resizeMirrored(copy, width, height, [left, top, left + width * pitch[0], top + height * pitch[1]]);
  }
  const finer = Math.min(16, Math.max(1, Math.ceil(Math.max(...pitch) - 1e-6)));
  return resize(sampled(source, view, width, height, finer), width, height);
}

/** What a person sees: the same, so many times finer. */
export function sampled(source: Source, view: View, width: number, height: number, finer: number): Raster {
  const { copy, centre, pitch } = placed(source, view, width, height);
  const angle = (-view.turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const made = { width: width * finer, height: height * finer, data: new Uint8ClampedArray(3 * width * height * finer ** 2) };
  let place = 0;
  for (let i = 0; i < made.height; i++) {
    const dy = (i + 0.5) / finer - height / 2 - view.y;
    for (let j = 0; j < made.width; j++, place += 3) {
      const dx = (j + 0.5) / finer - width / 2 - view.x;
      const x = centre[0] + (cos * dx - sin * dy) * pitch[0] - 0.5;
      const y = centre[1] + (sin * dx + cos * dy) * pitch[1] - 0.5;
      between(copy, x, y, made.data, place);
    }
  }
  return made;
}

/** Moved right and down by whole pixels, mirrored at the edges. */
export function shifted(picture: Raster, right: number, down: number): Raster {
  return cut(picture, [-right, -down, picture.width - right, picture.height - down]);
}

/** The place of a mirrored picture that stands for one beyond its edges. */
export function mirrored(at: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const within = ((at % period) + period) % period;
  return within < size ? within : period - within;
}

function placed(source: Source, view: View, width: number, height: number) {
  const copy = source.copy(view.zoom);
  const { raster } = source;
  const [left, top, right, bottom] = middle(raster, height / width);
  const scale = [copy.width / raster.width, copy.height / raster.height] as const;
  const centre = [((left + right) / 2) * scale[0], ((top + bottom) / 2) * scale[1]] as const;
  const pitch = [
    ((right - left) / width / view.zoom) * scale[0],
    ((bottom - top) / height / view.zoom) * scale[1],
  ] as const;
  return { copy, centre, pitch };
}

/** Edges of the largest centred part with this ratio of height to width. */
export function middle({ width, height }: Raster, proportion: number): Box {
  const across = Math.max(1, Math.min(width, halfEven(height / proportion)));
  const down = Math.max(1, Math.min(height, halfEven(width * proportion)));
  const [left, top] = [Math.floor((width - across) / 2), Math.floor((height - down) / 2)];
  return [left, top, left + across, top + down];
}

/** The next whole number, of two equally near ones the even one. */
function halfEven(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

/** A part with whole edges, which may lie beyond those of the picture. */
function cut(picture: Raster, [left, top, right, bottom]: Box): Raster {
  const [width, height] = [right - left, bottom - top];
  if (left === 0 && top === 0 && width === picture.width && height === picture.height) return picture;
  const data = new Uint8ClampedArray(3 * width * height);
  const columns = Int32Array.from({ length: width }, (_, x) => 3 * mirrored(left + x, picture.width));
  for (let y = 0, place = 0; y < height; y++) {
    const row = 3 * picture.width * mirrored(top + y, picture.height);
    for (let x = 0; x < width; x++) {
      const at = row + columns[x]!;
      data[place++] = picture.data[at]!;
      data[place++] = picture.data[at + 1]!;
      data[place++] = picture.data[at + 2]!;
    }
  }
  return { width, height, data };
}

function resizeMirrored(picture: Raster, width: number, height: number, box: Box): Raster {
  const around = 2 * Math.max(1, (box[2] - box[0]) / width, (box[3] - box[1]) / height) + 1;
  const [left, top] = [Math.floor(box[0] - around), Math.floor(box[1] - around)];
  const part = cut(picture, [left, top, Math.ceil(box[2] + around), Math.ceil(box[3] + around)]);
  return resize(part, width, height, [box[0] - left, box[1] - top, box[2] - left, box[3] - top]);
}

/** The colour between four pixels. */
function between({ width, height, data }: Raster, x: number, y: number, into: Uint8ClampedArray, place: number): void {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - column, y - row];
  const inside = column >= 0 && row >= 0 && column < width - 1 && row < height - 1;
  const [x0, x1] = inside ? [3 * column, 3 * column + 3] : [3 * mirrored(column, width), 3 * mirrored(column + 1, width)];
  const [y0, y1] = inside ? [row, row + 1] : [mirrored(row, height), mirrored(row + 1, height)];
  const [upper, lower] = [3 * width * y0, 3 * width * y1];
  for (let c = 0; c < 3; c++) {
    const above = data[upper + x0 + c]! * (1 - right) + data[upper + x1 + c]! * right;
    const below = data[lower + x0 + c]! * (1 - right) + data[lower + x1 + c]! * right;
    into[place + c] = above * (1 - down) + below * down;
  }
}

/**
 * Pictures made smaller or larger as Pillow does it: bicubic, antialiased, in fixed-point numbers.
 *
 * The order of operations and the rounding are those of Pillow's `Resample.c`, so that a network sees
 * here, byte for byte, what it sees in `fclab predict`.
 */

/** Red, green, blue; bytes, row by row. */
export interface Raster {
  width: number;
  height: number;
  data: Uint8ClampedArray | Uint8Array;
}

/** Left, top, right, bottom. */
export type Box = [number, number, number, number];

const BITS = 22; // 32 − 8 − 2: eight of the result, two for what overshoots
const SUPPORT = 2;

/** Keys' cubic with a = −1/2. */
function bicubic(at: number): number {
  const x = Math.abs(at);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

/** For every place of the result: where its taps begin, how many there are, and their weights. */
interface Taps {
  most: number;
  from: Int32Array;
  count: Int32Array;
  weights: Int32Array;
}

function taps(size: number, start: number, end: number, wanted: number): Taps {
  const scale = (end - start) / wanted;
  const spread = Math.max(scale, 1);
  const support = SUPPORT * spread;
  const most = Math.ceil(support) * 2 + 1;
  const [from, count] = [new Int32Array(wanted), new Int32Array(wanted)];
  const weights = new Int32Array(wanted * most);
  const row = new Float64Array(most);
  for (let i = 0; i < wanted; i++) {
    const centre = start + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(size, Math.trunc(centre + support + 0.5)) - first;
    let sum = 0;
    for (let k = 0; k < n; k++) sum += row[k] = bicubic((k + first - centre + 0.5) * (1 / spread));
    for (let k = 0; k < n; k++) {
      const weight = (sum ? row[k]! / sum : row[k]!) * 2 ** BITS;
      weights[i * most + k] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    [from[i], count[i]] = [first, n];
  }
  return { most, from, count, weights };
}

/** A part of a picture in another size; the edges of the part need not be whole numbers. */
export function resize(picture: Raster, width: number, height: number, box?: Box): Raster {
  const part = box ?? [0, 0, picture.width, picture.height];
  const across = part[0] !== 0 || part[2] !== width || picture.width !== width;
  const narrow = across ? resizedAcross(picture, width, part) : picture;
  const down = part[1] !== 0 || part[3] !== height || picture.height !== height;
  return down ? resizedDown(narrow, height, part) : narrow;
}

function resizedAcross(picture: Raster, width: number, box: Box): Raster {
  const { most, from, count, weights } = taps(picture.width, box[0], box[2], width);
  const { height, data } = picture;
  const made = new Uint8ClampedArray(3 * width * height);
  const [first, last] = rowsBeneath(picture, box);
  for (let y = first; y < last; y++) {
    const row = 3 * picture.width * y;
    for (let x = 0; x < width; x++) {
      let [r, g, b] = [1 << (BITS - 1), 1 << (BITS - 1), 1 << (BITS - 1)];
      let at = row + 3 * from[x]!;
      for (let k = x * most, end = k + count[x]!; k < end; k++, at += 3) {
        const weight = weights[k]!;
        r += data[at]! * weight;
        g += data[at + 1]! * weight;
        b += data[at + 2]! * weight;
      }
      const place = 3 * (width * y + x);
      made[place] = r >> BITS;
      made[place + 1] = g >> BITS;
      made[place + 2] = b >> BITS;
    }
  }
  return { width, height, data: made };
}

function resizedDown(picture: Raster, height: number, box: Box): Raster {
  const { most, from, count, weights } = taps(picture.height, box[1], box[3], height);
  const { width, data } = picture;
  const row = 3 * width;
  const made = new Uint8ClampedArray(row * height);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < row; i++) {
      let sum = 1 << (BITS - 1);
      let at = row * from[y]! + i;
      for (let k = y * most, end = k + count[y]!; k < end; k++, at += row) sum += data[at]! * weights[k]!;
      made[row * y + i] = sum >> BITS;
    }
  }
  return { width, height, data: made };
}

/** The rows that the second pass may read. */
function rowsBeneath(picture: Raster, box: Box): [number, number] {
  const around = SUPPORT * Math.max(1, box[3] - box[1]) + 2;
  return [Math.max(0, Math.floor(box[1] - around)), Math.min(picture.height, Math.ceil(box[3] + around))];
}

/**
 * How a camera was held. The browser turns a picture upright before it is seen, fclab after it was
 * made small: to see the same pixels, the page turns it back, and small once more.
 */
import type { Raster } from "./resample";

const ORIENTATION = 0x0112;
const EXIF = 0x45786966; // "Exif"
const PNG = 0x89504e47;

/** The orientation of EXIF that a JPEG or PNG tells, 1 to 8; 1 is upright. */
export async function orientation(file: Blob): Promise<number> {
  try {
    const view = new DataView(await file.arrayBuffer());
    const start = view.getUint16(0) === 0xffd8 ? inJpeg(view) : view.getUint32(0) === PNG ? inPng(view) : 0;
    return start ? told(view, start) : 1;
  } catch {
    return 1; // it is cut short: there is nothing to be told
  }
}

/** The picture as it is upright, from how it is stored. */
export function upright(picture: Raster, how: number): Raster {
  if (how === 1) return picture;
  const { width: w, height: h, data } = picture;
  const [width, height] = how > 4 ? [h, w] : [w, h];
  const made = new Uint8ClampedArray(data.length);
  for (let y = 0, place = 0; y < height; y++) {
    for (let x = 0; x < width; x++, place += 3) {
      const [a, b] = how > 4 ? [y, x] : [x, y];
      const column = [2, 3, 7, 8].includes(how) ? w - 1 - a : a;
      const row = [3, 4, 6, 7].includes(how) ? h - 1 - b : b;
      const at = 3 * (w * row + column);
      made[place] = data[at]!;
      made[place + 1] = data[at + 1]!;
      made[place + 2] = data[at + 2]!;
    }
  }
  return { width, height, data: made };
}

/** The orientation that undoes one. */
export const undone = (how: number) => (how === 6 ? 8 : how === 8 ? 6 : how);

function inJpeg(view: DataView): number {
  let at = 2;
  while (view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda) {
    if (view.getUint8(at + 1) === 0xe1 && view.getUint32(at + 4) === EXIF) return at + 10;
    at += 2 + view.getUint16(at + 2);
  }
  return 0;
}

function inPng(view: DataView): number {
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === 0x65584966) return at + 8; // "eXIf"
  }
  return 0;
}

function told(view: DataView, start: number): number {
  const little = view.getUint16(start) === 0x4949;
  const list = start + view.getUint32(start + 4, little);
  for (let i = 0; i < view.getUint16(list, little); i++) {
    const entry = list + 2 + 12 * i;
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    const found = view.getUint16(entry + 8, little);
    return found >= 1 && found <= 8 ? found : 1;
  }
  return 1;
}

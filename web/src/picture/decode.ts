/** Files, camera and canvases to pictures. */
import { orientation } from "./orientation";
import type { Raster } from "./resample";
import { Source } from "./view";

/** Sides that a browser certainly has a canvas for. */
const LONGEST = 8192;

/**
 * A picture of a file that the browser can open: upright, laid over white where it is transparent,
 * colours as they are written (no profile is applied), as fclab reads it.
 *
 * Throws where the browser knows no such picture.
 */
export async function readPicture(file: File): Promise<Source> {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  try {
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const pixels = raster(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    return new Source(pixels, file.name, await orientation(file));
  } finally {
    bitmap.close();
  }
}

/** What is to be seen of an image, a canvas or a video. */
export function raster(image: CanvasImageSource, width: number, height: number): Raster {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return opaque(context.getImageData(0, 0, width, height));
}

/** Without the fourth channel. */
export function opaque({ width, height, data }: ImageData): Raster {
  const made = new Uint8ClampedArray(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    made[to] = data[from]!;
    made[to + 1] = data[from + 1]!;
    made[to + 2] = data[from + 2]!;
  }
  return { width, height, data: made };
}

/** A picture on a canvas, in its own size. */
export function paint(canvas: HTMLCanvasElement, { width, height, data }: Raster): void {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const pixels = new ImageData(width, height);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    pixels.data[to] = data[from]!;
    pixels.data[to + 1] = data[from + 1]!;
    pixels.data[to + 2] = data[from + 2]!;
    pixels.data[to + 3] = 255;
  }
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
}

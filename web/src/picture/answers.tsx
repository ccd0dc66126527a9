/** What networks answer: bars of probabilities, and the images of their first layers. */
import { useEffect, useRef } from "preact/hooks";
import { quantile } from "../quantile";
import { setup } from "../setup";
import { percent, t } from "../words";
import { paint } from "./decode";
import type { ClassName, Model } from "./network";
import type { Raster } from "./resample";

const MOST = 10; // classes that have a bar

/** A class in the language of the page, and in the other one. */
export function names({ en, ru, number }: ClassName): [string, string] {
  const own = setup.value?.lang === "ru";
  const [first, second] = own ? [ru, en] : [en, ru];
  return [first || String(number), first === second ? "" : second];
}

/** The likeliest class. */
export const answer = (shares: ArrayLike<number>) => Array.from(shares).reduce((best, p, i) => (p > shares[best]! ? i : best), 0);

export function Bars({ model, shares }: { model: Model; shares: Float64Array | null }) {
  const order = model.classes.map((_, i) => i);
  if (shares && order.length > MOST) order.sort((a, b) => shares[b]! - shares[a]!);
  const best = shares && answer(shares);
  return (
    <>
      <table class="bars">
        <caption class="unseen">{t("picture.probabilities")}</caption>
        <tbody>
          {order.slice(0, MOST).map((i) => {
            const [first, second] = names(model.classes[i]!);
            const share = shares?.[i] ?? NaN;
            return (
              <tr key={i} class={i === best ? "best" : ""}>
                <th scope="row">{first} {second && <span class="soft">{second}</span>}</th>
                <td class="bar"><span style={{ width: `${100 * (share || 0)}%` }} /></td>
                <td class="number"><data value={String(share)}>{percent(share)}</data></td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p role="status" class="answer">
        {best !== null && t("picture.answer", { name: names(model.classes[best]!)[0] })}
      </p>
    </>
  );
}

/** What a network for small pictures sees, pixel by pixel. */
export function Seen({ picture, label }: { picture: Raster; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => paint(canvas.current!, picture), [picture]);
  return <canvas ref={canvas} class="seen" role="img" aria-label={label} />;
}

const MOST_NEURONS = 32;

/** The weights of the first layer as images, scaled as `fclab.figures.images` does it. */
export function FirstLayer({ model }: { model: Model }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const member = model.members[0]!;
  const weights = member.weights["fc1.weight"]!;
  const shown = Math.min(MOST_NEURONS, weights.shape[0]!);
  useEffect(() => {
    const [height, width] = [model.shape[0] / member.pool, model.shape[1] / member.pool];
    const [gap, rows] = [1, Math.ceil(shown / 8)];
    const columns = Math.ceil(shown / rows);
    const made: Raster = { width: columns * (width + gap) - gap, height: rows * (height + gap) - gap, data: new Uint8ClampedArray() };
    made.data = new Uint8ClampedArray(3 * made.width * made.height).fill(255);
    for (let n = 0; n < shown; n++) {
      const image = scaled(weights.data.subarray(n * 3 * width * height, (n + 1) * 3 * width * height));
      const [top, left] = [Math.floor(n / columns) * (height + gap), (n % columns) * (width + gap)];
      for (let y = 0; y < height; y++) {
        (made.data as Uint8ClampedArray).set(image.subarray(3 * width * y, 3 * width * (y + 1)), 3 * (made.width * (top + y) + left));
      }
    }
    paint(canvas.current!, made);
  }, [model]);
  return (
    <>
      <canvas ref={canvas} class="layer-canvas" role="img" aria-label={t("picture.neurons", { n: shown })} />
      <small>
        {t("picture.neurons_note", { n: shown, all: weights.shape[0]! })}
        {model.members.length > 1 && ` ${t("picture.neurons_first", { n: model.members.length })}`}
      </small>
    </>
  );
}

/** Of every channel its 1st percentile is taken off, what is left divided by its 99th. */
function scaled(weights: Float32Array): Uint8ClampedArray {
  const made = new Uint8ClampedArray(weights.length);
  for (let c = 0; c < 3; c++) {
    const channel = weights.filter((_, i) => i % 3 === c).sort();
    const [low, high] = [quantile(channel, 0.01), quantile(channel, 0.99)];
    for (let i = c; i < weights.length; i += 3) {
      made[i] = high > low ? (255 * (weights[i]! - low)) / (high - low) : 128;
    }
  }
  return made;
}

/** What every hidden neuron answers over the plane, as a small picture of its own. */
import { useEffect, useRef } from "preact/hooks";
import { number, t } from "../words";
import { layersOf, type Widths } from "./network";
import { picture, rgb, useTheme } from "./paint";
import { type Box, grid } from "./plane";

const SIDE = 28;

interface Props {
  weights: Float32Array;
  widths: Widths;
  activation: string;
  box: Box;
}

export function Neurons({ weights, widths, activation, box }: Props) {
  const host = useRef<HTMLDivElement>(null);
  useTheme();
  const hidden = layersOf(weights, widths, activation, grid(box, SIDE)).slice(0, -1);
  useEffect(() => {
    const canvases = host.current!.querySelectorAll("canvas");
    const [low, paper, high] = [rgb("--mark"), rgb("--card"), rgb("--good")];
    let next = 0;
    for (const layer of hidden) {
      for (let j = 0; j < layer.length; j += SIDE * SIDE) {
        const own = layer.subarray(j, j + SIDE * SIDE);
        canvases[next++]!.getContext("2d")!.putImageData(picture(shades(own, activation), SIDE, low, paper, high), 0, 0);
      }
    }
  });
  const last = widths.at(-2)!;
  const outgoing = weights.subarray(weights.length - 1 - last, weights.length - 1);
  return (
    <div ref={host}>
      {hidden.map((_, layer) => (
        <div key={layer}>
          {hidden.length > 1 && <h3>{t("binary.layer", { layer: layer + 1 })}</h3>}
          <div class="neurons">
            {Array.from({ length: widths[layer + 1]! }, (_, j) => {
              const weight = layer === hidden.length - 1 ? number(outgoing[j]!, 2) : "";
              const label = t(weight ? "binary.neuron_out" : "binary.neuron", { neuron: j + 1, weight });
              return (
                <figure key={j}>
                  <canvas width={SIDE} height={SIDE} role="img" aria-label={label} />
                  {weight && <figcaption aria-hidden="true">{outgoing[j]! > 0 ? `+${weight}` : weight}</figcaption>}
                </figure>
              );
            })}
          </div>
        </div>
      ))}
    </div>
  );
}

/** Activations as shades in [−1, 1]: sigmoid and tanh over their ranges, ReLU up to its most. */
function shades(values: Float32Array, activation: string): Float32Array {
  if (activation === "tanh") return values;
  if (activation === "sigmoid") return values.map((v) => 2 * v - 1);
  const most = Math.max(...values, 1e-9);
  return values.map((v) => v / most);
}

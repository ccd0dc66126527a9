/** What the neurons of the first layer look for, while they learn it; and what one of them sees. */
import { useEffect, useState } from "preact/hooks";
import { change, state } from "../address";
import { Card } from "../controls";
import { number, t } from "../words";
import { called } from "./names";
import { Pixels } from "./pixels";
import type { Training } from "./training";

const TASK = "cifar";

export function FirstLayer({ training }: { training: Training }) {
  const { layers } = training;
  const [plays, setPlays] = useState(false);
  const { epoch, neuron } = state(TASK) as { epoch: number; neuron: number };
  const last = layers.length - 1;
  const reached = layers.filter((one) => one.epoch <= epoch).length - 1;
  const at = epoch < 0 || reached < 0 ? last : reached;
  const show = (place: number) => change(TASK, { epoch: place > last ? -1 : layers[place]!.epoch });
  useEffect(() => {
    if (!plays) return;
    const timer = setTimeout(() => {
      if (at >= last) setPlays(false);
      show(at + 1);
    }, 250);
    return () => clearTimeout(timer);
  }, [plays, at, last]);
  const layer = layers[at];
  if (!layer) return null;
  const all = training.asked.hidden as number[];
  const width = all[0] ?? (training.asked.classes as number[]).length;
  const shown = layer.images.shape[0]!;
  const chosen = Math.min(neuron, shown) - 1;
  return (
    <Card title={t("cifar.layer")} wide>
      <div class="row">
        <button type="button" onClick={() => {
          if (!plays) show(0);
          setPlays(!plays);
        }}>
          {t(plays ? "cifar.pause" : "cifar.play")}
        </button>
        <label class="epoch">
          {t("cifar.epoch")}{" "}
          <input
            type="range"
            min={0}
            max={last}
            value={at}
            aria-valuetext={number(layer.epoch)}
            onInput={(e) => {
              setPlays(false);
              show(Number(e.currentTarget.value));
            }}
          />{" "}
          <output>{number(layer.epoch)}</output>
        </label>
      </div>
      <div class="first-layer" role="group" aria-label={t("cifar.neurons")}>
        {Array.from({ length: shown }, (_, i) => (
          <button key={i} type="button" aria-pressed={i === chosen} aria-label={t("cifar.neuron", { number: i + 1 })} onClick={() => change(TASK, { neuron: i + 1 })}>
            <Pixels of={layer.images} at={i} size={64} />
            <span>{i + 1}</span>
          </button>
        ))}
      </div>
      <small>
        {t("cifar.layer_about")} {shown < width && t("cifar.first_of", { n: shown, total: width })}
      </small>
      <Neuron training={training} at={chosen} layer={at} />
    </Card>
  );
}

/** Its weights as a picture, and the training images that excite it most and least. */
function Neuron({ training, at, layer }: { training: Training; at: number; layer: number }) {
  const seen = training.done?.neurons;
  const names = training.data?.names ?? [];
  return (
    <section class="one-neuron" aria-label={t("cifar.neuron", { number: at + 1 })}>
      <Pixels of={training.layers[layer]!.images} at={at} size={160} label={t("cifar.weights", { number: at + 1 })} />
      {seen && (
        <div>
          {(["most", "least"] as const).map((kind, side) => (
            <div key={kind}>
              <h3>{t(kind === "most" ? "cifar.most" : "cifar.least_excited")}</h3>
              <ul class="pictures">
                {Array.from({ length: seen.each }, (_, k) => {
                  const place = at * 2 * seen.each + side * seen.each + k;
                  const image = seen.chosen.data[place]!;
                  const name = called(names[seen.labels.data[image]!]!);
                  return (
                    <li key={k}>
                      <Pixels of={seen.images} at={image} size={56} label={name} />
                      <span>{name}</span>
                      <small>{number(seen.sums.data[place]!, 3)}</small>
                    </li>
                  );
                })}
              </ul>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

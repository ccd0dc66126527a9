/** The part of the page where one's own picture is shown to a network that the server trains. */
import { useEffect, useId, useState } from "preact/hooks";
import { change, state, wished } from "../address";
import { Card, Choice, Slider, Whole } from "../controls";
import { setup } from "../setup";
import { type Event, giveUp, type Tensor, wish } from "../socket";
import { number, percent, t } from "../words";
import { names, Seen } from "./answers";
import { readPicture } from "./decode";
import { type ClassName, type Model, readModel } from "./network";
import type { Raster } from "./resample";
import { FARTHEST, Heat } from "./shiftmap";
import { Said, Studio } from "./studio";
import { received } from "./upload";
import { Source, type View } from "./view";

const TASK = "picture";

/** A network of the server, and what it knows of it. */
interface Trained {
  model: Model;
  accuracy: number;
  map: Float32Array | null;
}

export function Picture() {
  const [samples, setSamples] = useState<{ source: string; names: ClassName[]; pictures: Raster[]; each: number } | null>(null);
  const [epoch, setEpoch] = useState(0);
  const [trained, setTrained] = useState<Trained | null>(null);
  const [kept, setKept] = useState<Trained | null>(null);
  const [failed, setFailed] = useState("");
  const [given, setGiven] = useState<Source | null>(null);
  const now = wished(TASK);
  useEffect(() => {
    const timer = setTimeout(() => {
      setEpoch(0);
      setFailed("");
      wish(TASK, TASK, now, (event) => {
        if (event.kind === "data") {
          const next = samplesOf(event);
          setSamples(next);
          setGiven((before) => before ?? new Source(next.pictures[(state(TASK).sample as number) - 1] ?? next.pictures[0]!));
        } else if (event.kind === "frame") setEpoch(event.epoch);
        else if (event.kind === "network") {
          setEpoch(0);
          setTrained({ model: readModel(event.model), accuracy: event.accuracy, map: null });
        } else if (event.kind === "done") {
          setTrained((one) => one && { ...one, map: (event.map as Tensor).data });
        } else setFailed(event.text ?? t("picture.lost"));
      });
    }, 250);
    return () => {
      clearTimeout(timer);
      giveUp(TASK);
    };
  }, [now]);
  const { x, y, zoom, turn } = state(TASK) as unknown as View;
  const start = { x, y, zoom, turn };
  const shown = [kept, trained].filter((one, place) => one !== null && (place === 1 || one !== trained)) as Trained[];
  const settings = (
    <Card title={t("picture.settings")}>
      <Classes />
      <Hidden />
      <Choice task={TASK} field="activation" />
      <Slider task={TASK} field="lr" log least={1e-4} />
      <Slider task={TASK} field="epochs" log />
      <Slider task={TASK} field="shift" />
      <Check field="flip" />
      <Whole task={TASK} field="seed" />
      <div class="row">
        {setup.value?.wishes.cifar && (
          <button type="button" onClick={() => change(TASK, wished("cifar"))}>{t("picture.as_in_part3")}</button>
        )}
        <button type="button" disabled={!trained} onClick={() => setKept(trained)}>{t("picture.keep")}</button>
        {kept && <button type="button" onClick={() => setKept(null)}>{t("picture.kept")}</button>}
      </div>
      <p role="status">{epoch > 0 && t("picture.training", { epoch, epochs: now.epochs as number })}</p>
      {failed && <p role="alert" class="error">{failed}</p>}
      {samples && samples.source !== "cifar100" && <p class="error">{t("picture.stand_in")}</p>}
      {samples && (
        <>
          <h3>{t("picture.samples")}</h3>
          <div class="samples">
            {samples.pictures.map((picture, n) => {
              const label = t("picture.sample", {
                n: (n % samples.each) + 1, name: names(samples.names[Math.floor(n / samples.each)]!)[0],
              });
              return (
                <button type="button" key={n} title={label} onClick={() => {
                  change(TASK, { sample: n + 1 });
                  setGiven(new Source(picture, label));
                }}>
                  <Seen picture={picture} label={label} />
                </button>
              );
            })}
          </div>
        </>
      )}
    </Card>
  );
  if (!shown.length) return settings;
  return (
    <Studio
      models={shown.map((one) => one.model)}
      given={given}
      start={start}
      onView={(view) => change(TASK, { ...view })}
      onOwn={() => change(TASK, { sample: 0 })}
      settings={settings}
      onFile={opened}
      more={(_, place) => <Moved trained={shown[place]!} />}
    />
  );
}

/** What the browser cannot open, the server may. */
async function opened(file: File): Promise<Source> {
  try {
    return await readPicture(file);
  } catch {
    const answer = await fetch(`./picture?${new URLSearchParams({ name: file.name, lang: setup.value!.lang })}`, {
      method: "POST", body: file,
    });
    if (!answer.ok) throw new Said(await answer.text());
    const { pixels, small } = received(await answer.arrayBuffer());
    return new Source(raster(pixels), file.name, 1, raster(small));
  }
}

const raster = ({ shape, data }: Tensor<Uint8Array>): Raster => ({ height: shape[0]!, width: shape[1]!, data });

function samplesOf(event: Event) {
  const { shape, data } = event.samples as Tensor<Uint8Array>;
  const [classes, each, height, width] = shape as [number, number, number, number];
  const size = 3 * height * width;
  const pictures = Array.from({ length: classes * each }, (_, n) => ({ width, height, data: data.subarray(n * size, (n + 1) * size) }));
  const found = (event.names as [number, string, string][]).map(([n, en, ru]) => ({ number: n, en, ru }));
  return { source: event.source as string, names: found, pictures, each };
}

/** Accuracy on test images, as they are and moved. */
function Moved({ trained: { accuracy, map } }: { trained: Trained }) {
  const summary = map && t("picture.accuracy_summary", { here: percent(accuracy), least: percent(Math.min(...map)) });
  return (
    <div>
      <h3>{t("picture.accuracy_map")}</h3>
      <p>{t("picture.tested", { accuracy: percent(accuracy) })}</p>
      {map && map.length === (2 * FARTHEST + 1) ** 2 && (
        <>
          <Heat values={map} label={`${t("picture.accuracy_map")}. ${summary}`} />
          <small>{t("picture.accuracy_note")}</small>
          <p role="status" class="moved">{summary}</p>
        </>
      )}
    </div>
  );
}

/** Numbers of classes, as text; what is no list of them is not taken. */
function Classes() {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t("picture.fields.classes")}</label>
      <input
        id={id}
        type="text"
        inputMode="numeric"
        value={(state(TASK).classes as number[]).join(", ")}
        onChange={(e) => {
          const numbers = [...new Set(e.currentTarget.value.match(/\d+/g)?.map(Number) ?? [])];
          const fits = numbers.length >= 2 && numbers.length <= 5 && numbers.every((n) => n < 100);
          if (fits) change(TASK, { classes: numbers.sort((a, b) => a - b) });
          else e.currentTarget.value = (state(TASK).classes as number[]).join(", ");
        }}
      />
      <small>{t("picture.classes_hint")}</small>
    </div>
  );
}

/** One hidden layer; more come from part 3. */
function Hidden() {
  const id = useId();
  const hidden = state(TASK).hidden as number[];
  return (
    <div class="field">
      <label for={id}>{t("picture.fields.hidden")}</label>
      <output for={id}>{hidden.map((n) => number(n)).join(", ")}</output>
      <input
        id={id}
        type="range"
        min={1}
        max={256}
        value={hidden[0] ?? 1}
        onInput={(e) => change(TASK, { hidden: [e.currentTarget.valueAsNumber, ...hidden.slice(1)] })}
      />
    </div>
  );
}

function Check({ field }: { field: string }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t(`picture.fields.${field}`)}</label>
      <input
        id={id}
        type="checkbox"
        checked={state(TASK)[field] as boolean}
        onChange={(e) => change(TASK, { [field]: e.currentTarget.checked })}
      />
    </div>
  );
}

/** Part 3: a network for some classes of images, trained from many seeds at once. */
import { useId, useState } from "preact/hooks";
import { change, state, wished } from "../address";
import { Card, Choice, Slider } from "../controls";
import { Reproduce } from "../reproduce";
import { StudyPanel } from "../studies/panel";
import { number, percent, t } from "../words";
import { Answers } from "./answers";
import "./cifar.css";
import { Curves } from "./curves";
import { FirstLayer } from "./layer";
import { Classes } from "./sheet";
import { type Training, useTraining } from "./training";

const TASK = "cifar";

export function Cifar() {
  const { training, start, stop } = useTraining(TASK);
  return (
    <>
      <Classes />
      <Card title={t("cifar.settings")}>
        <Hidden />
        <Choice task={TASK} field="activation" />
        <Slider task={TASK} field="lr" log least={1e-4} />
        <Slider task={TASK} field="batch_size" log />
        <Slider task={TASK} field="epochs" log />
        <Slider task={TASK} field="seeds" />
        <Slider task={TASK} field="momentum" />
        <Slider task={TASK} field="weight_decay" />
        <Begin training={training} start={start} stop={stop} />
      </Card>
      <Curves training={training} />
      <FirstLayer training={training} />
      <Answers training={training} />
      <StudyPanel />
      <Reproduce task={TASK} />
    </>
  );
}

/** The hidden layers in the notation of the lab; the last layer follows from the classes. */
function Hidden() {
  const id = useId();
  const now = state(TASK);
  const hidden = now.hidden as number[];
  const written = (sizes: number[]) => sizes.map((size) => `FC(${size})`).join(", ");
  const [typed, setTyped] = useState<string | null>(null);
  const outputs = (now.classes as number[]).length;
  const read = (text: string) => {
    setTyped(text);
    const sizes = text.match(/\d+/g)?.map(Number) ?? [];
    if (/^[\sFCФСfcфс(),;\d→>-]*$/.test(text)) change(TASK, { hidden: sizes });
  };
  return (
    <div class="field">
      <label for={id}>{t("cifar.fields.hidden")}</label>
      <input
        id={id}
        type="text"
        maxLength={60}
        size={14}
        value={typed ?? written(hidden)}
        aria-describedby={`${id}-layers`}
        onInput={(e) => read(e.currentTarget.value)}
        onBlur={() => setTyped(null)}
      />
      <small id={`${id}-layers`}>{t("cifar.layers", { layers: written([...hidden, outputs]) })}</small>
    </div>
  );
}

function Begin({ training, start, stop }: { training: Training; start: () => void; stop: () => void }) {
  const { status, data } = training;
  const busy = status === "waiting" || status === "runs";
  const changed = JSON.stringify(training.asked) !== JSON.stringify(wished(TASK));
  const said = {
    waiting: () => t("cifar.waiting"),
    runs: () => t("cifar.runs"),
    done: () => t("cifar.done", { n: training.asked.seeds as number, parameters: number(data?.parameters ?? 0) }),
    stopped: () => t("cifar.stopped"),
    error: () => "",
  }[status]();
  return (
    <>
      <div class="row">
        <button type="button" class="main" onClick={start}>{t("cifar.start")}</button>
        <button type="button" disabled={!busy} onClick={stop}>{t("cifar.stop")}</button>
      </div>
      <progress class="training" value={training.share} max={1} aria-label={t("cifar.progress")}>{percent(training.share, 0)}</progress>
      <p role="status">{said} {changed && t("cifar.changed")}</p>
      {data?.source === "synthetic" && <p class="note">{t("cifar.trained_on_stand_in")}</p>}
      {status === "error" && <p class="error" role="alert">{training.error || t("cifar.lost")}</p>}
    </>
  );
}

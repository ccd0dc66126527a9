/** Loss and accuracy while all seeds train side by side, and what came of it. */
import { Chart, type Line } from "../chart";
import { Card } from "../controls";
import { number, percent, t } from "../words";
import type { Band } from "./course";
import type { Training } from "./training";

export function Curves({ training }: { training: Training }) {
  const { course, done, asked } = training;
  const moment = done?.overfitting;
  const epochs = course.band("test_loss").mean.length;
  const x = Float64Array.from({ length: epochs }, (_, i) => i + 1);
  const several = (asked.seeds as number) > 1;
  const chart = (kind: "loss" | "accuracy") => {
    const train = course.band(`train_${kind}`);
    const test = course.band(`test_${kind}`);
    const last = (band: Band) => (kind === "loss" ? number(band.mean.at(-1)!, 3) : percent(band.mean.at(-1)!));
    return (
      <Chart
        x={x}
        lines={[
          { label: t("cifar.train"), y: train.mean, colour: "--train", dash: [6, 4] },
          { label: t("cifar.test"), y: test.mean, colour: "--test", width: 3 },
          ...(several ? [edge(train.low, "--train"), edge(train.high, "--train"), edge(test.low, "--test"), edge(test.high, "--test")] : []),
        ]}
        bands={several ? [{ between: [3, 2], colour: "--train-band" }, { between: [5, 4], colour: "--test-band" }] : []}
        marks={moment ? [moment.epoch] : []}
        summary={t(`cifar.${kind}_summary`, { epoch: epochs, train: last(train), test: last(test) })}
        xLabel={t("cifar.epoch")}
        yLabel={t(`cifar.${kind}`)}
        height={260}
      />
    );
  };
  return (
    <Card title={t("cifar.curves")} wide>
      {epochs > 0 && <div class="two">{chart("loss")}{chart("accuracy")}</div>}
      {epochs > 0 && several && <small>{t("cifar.band")}</small>}
      <div role="status"><Said training={training} /></div>
    </Card>
  );
}

/** The edge of a band: it stands in no legend. */
const edge = (y: number[], colour: string): Line => ({ label: "", y, colour, width: 0.5, quiet: true });

function Said({ training }: { training: Training }) {
  const { done, data, asked } = training;
  if (!done || !data) return null;
  const { accuracy: found, overfitting: moment } = done;
  return (
    <>
      {found && (
        <p class="found">
          {t("cifar.accuracy_found", { share: percent(found.mean) })}{" "}
          {(asked.seeds as number) > 1 && t("cifar.interval", { low: percent(found.low), high: percent(found.high) })}{" "}
          {t("cifar.new_images", { low: percent(found.new_low), high: percent(found.new_high) })}
        </p>
      )}
      {moment && (
        <p>
          {t(moment.epoch === asked.epochs ? "cifar.least_at_end" : moment.grows ? "cifar.overfits" : "cifar.least", {
            epoch: moment.epoch, share: percent(moment.accuracy), loss: number(moment.loss, 3), end: number(moment.end, 3),
          })}
        </p>
      )}
      {done.diverged.map(([seed, epoch]) => (
        <p key={seed} class="error">{t("cifar.diverged", { seed, epoch })}</p>
      ))}
    </>
  );
}

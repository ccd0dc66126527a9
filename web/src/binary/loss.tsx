/** The loss over the epochs, with a band over the seeds. */
import { useMemo } from "preact/hooks";
import { Chart, type Line } from "../chart";
import { quantile } from "../quantile";
import { t } from "../words";
import type { Training } from "./training";

const LEAST = 1e-9; // what a logarithm can show of a loss that is 0

export function Loss({ training, seed, mark, seeds }: { training: Training; seed: number; mark: number; seeds: number }) {
  const first = training.networks.get(seed)!;
  const steps = first.course ? Array.from(first.course.steps) : first.steps.slice(1);
  const own = first.course ? Array.from(first.course.losses) : first.losses.slice(1);
  const lines: Line[] = [{ label: t("binary.loss"), y: own.map(shown), colour: "--train", width: 3 }];
  const all = [...training.networks.values()].flatMap((one) => one.course ?? []);
  const band = first.course && seeds > 1 && all.length > 1;
  const quantiles = useMemo(() => {
    const sorted = steps.map((_, i) => all.flatMap(({ losses }) => (Number.isFinite(losses[i]) ? [losses[i]!] : [])).sort((a, b) => a - b));
    return [0.1, 0.5, 0.9].map((share) => sorted.map((of) => shown(quantile(of, share))));
  }, [first.course, all.length]);
  if (band) {
    const [low, middle, high] = quantiles;
    lines.push(
      { label: t("binary.low"), y: low!, colour: "--one", width: 1 },
      { label: t("binary.median"), y: middle!, colour: "--one", dash: [6, 4] },
      { label: t("binary.high"), y: high!, colour: "--one", width: 1 },
    );
  }
  if (!steps.length) return null;
  return (
    <>
      <Chart
        x={steps}
        lines={lines}
        bands={band ? [{ between: [3, 1], colour: "--test-band" }] : undefined}
        marks={mark > 0 ? [mark] : []}
        summary={t("binary.loss_summary", { from: own[0] ?? NaN, to: own.at(-1) ?? NaN, epochs: steps.at(-1) ?? 0 })}
        xLabel={t("binary.epoch")}
        yLabel={t("binary.loss")}
        xLog
        yLog
        height={240}
      />
      {band && <p><small>{t("binary.band", { n: all.length })}</small></p>}
    </>
  );
}

const shown = (loss: number) => (Number.isFinite(loss) ? Math.max(loss, LEAST) : null);

/** Part 1: the fit is drawn anew while a slider moves. */
import { useEffect, useState } from "preact/hooks";
import { state } from "../address";
import { Chart } from "../chart";
import { Reproduce } from "../reproduce";
import { Card, Choice, Slider, Whole } from "../controls";
import { type Event, giveUp, type Tensor, wish } from "../socket";
import { number, t } from "../words";
import { outputs, type Weights } from "./network";

const TASK = "regression";

interface Data {
  x: Float32Array;
  y: Float32Array;
  grid: Float32Array;
  curve: Float32Array;
}

export function Regression() {
  const [data, setData] = useState<Data | null>(null);
  const [frame, setFrame] = useState<Event | null>(null);
  const [done, setDone] = useState<Event | null>(null);
  const now = state(TASK);
  useEffect(() => {
    wish(TASK, TASK, now, (event) => {
      if (event.kind === "data") {
        const array = (name: string) => (event[name] as Tensor).data;
        setData({ x: array("x"), y: array("y"), grid: array("grid"), curve: array("curve") });
      } else if (event.kind === "frame") setFrame(event);
      else if (event.kind === "course") setDone(event);
    });
    return () => giveUp(TASK);
  }, [now]);
  const fit = data && frame && outputs(frame.weights as Weights, now.activation as string, data.grid);
  return (
    <>
      <Card title={t("regression.settings")}>
        <Choice task={TASK} field="target" />
        <Slider task={TASK} field="hidden" />
        <Choice task={TASK} field="activation" />
        <Slider task={TASK} field="lr" log least={1e-6} />
        <Slider task={TASK} field="steps" log />
        <Slider task={TASK} field="noise" />
        <Whole task={TASK} field="seed" />
      </Card>
      <Card title={t("regression.fit")} wide>
        {data && fit && (
          <Chart
            x={data.grid}
            lines={[
              { label: t("regression.curve"), y: data.curve, colour: "--curve", dash: [6, 4] },
              { label: t("regression.network"), y: fit, colour: "--fit", width: 3 },
            ]}
            summary={t("regression.fit_summary", { step: frame.step, loss: frame.loss })}
            xLabel="x"
            yLabel="y"
            height={380}
          />
        )}
        <p role="status">
          {frame && t("regression.fit_summary", { step: frame.step, loss: frame.loss })}{" "}
          {done?.kind === "course" && t("regression.test_error", { error: number(done.metrics.test_loss) })}
        </p>
      </Card>
      <Reproduce task={TASK} />
    </>
  );
}

/** Play, pause, step and a slider over the snapshots of a training. */
import { useEffect, useId, useState } from "preact/hooks";
import { number, t } from "../words";

interface Props {
  /** Epochs of the snapshots. */
  steps: number[];
  /** The place that is shown. */
  at: number;
  /** Show another one; null: always the last one. */
  show: (at: number | null) => void;
}

const PAUSE = 90;

export function Player({ steps, at, show }: Props) {
  const [plays, setPlays] = useState(false);
  const last = steps.length - 1;
  useEffect(() => {
    if (!plays) return;
    if (at >= last) {
      setPlays(false);
      return;
    }
    const timer = setTimeout(() => show(at + 1), PAUSE);
    return () => clearTimeout(timer);
  }, [plays, at, last]);
  const id = useId();
  const to = (place: number) => {
    setPlays(false);
    show(Math.max(0, Math.min(last, place)));
  };
  const play = () => {
    if (!plays && at >= last) show(0);
    setPlays(!plays);
  };
  return (
    <div class="player">
      <div class="row">
        <button type="button" onClick={() => to(0)} disabled={at === 0}>{t("binary.first")}</button>
        <button type="button" onClick={() => to(at - 1)} disabled={at === 0}>{t("binary.back")}</button>
        <button type="button" class="main" onClick={play}>{t(plays ? "binary.pause" : "binary.play")}</button>
        <button type="button" onClick={() => to(at + 1)} disabled={at >= last}>{t("binary.forth")}</button>
      </div>
      <div class="field">
        <label for={id}>{t("binary.epoch")}</label>
        <output for={id}>{number(steps[at] ?? 0)}</output>
        <input
          id={id}
          type="range"
          min={0}
          max={last}
          value={at}
          aria-valuetext={number(steps[at] ?? 0)}
          onInput={(e) => to(e.currentTarget.valueAsNumber)}
        />
      </div>
    </div>
  );
}

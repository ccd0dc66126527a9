/** The ladder of accuracy: one cause more on every rung, shown while it is climbed. */
import { useState } from "preact/hooks";
import { percent, t } from "../words";
import { Forest } from "./forest";
import { asLadder, between, type Ladder, mark, type Rung, signed } from "./values";
import { Progress, useWork } from "./work";

export function Climb({ study, kept }: { study: string; kept: Ladder | null }) {
  const [seeds, setSeeds] = useState(2);
  const [epochs, setEpochs] = useState(60);
  const [ablation, setAblation] = useState(false);
  const [climbed, setClimbed] = useState<(Ladder & { kept?: boolean; of?: number }) | null>(null);
  const work = useWork("study-train", (event) => setClimbed(asLadder(event)));
  const shown = climbed ?? kept;
  const whole = (value: number, set: (v: number) => void, key: string, most: number) => (
    <div class="field">
      <label for={`ladder-${key}`}>{t(`studies.ladder.${key}`)}</label>
      <input
        id={`ladder-${key}`}
        type="number"
        min={1}
        max={most}
        value={value}
        onInput={(e) => e.currentTarget.validity.valid && set(e.currentTarget.valueAsNumber)}
      />
    </div>
  );
  return (
    <>
      <p>{t("studies.ladder.about")}</p>
      <div class="row">
        {whole(seeds, setSeeds, "seeds", 5)}
        {whole(epochs, setEpochs, "epochs", 250)}
        <label class="check">
          <input type="checkbox" checked={ablation} onChange={(e) => setAblation(e.currentTarget.checked)} />{" "}
          {t("studies.ladder.ablation")}
        </label>
        <button
          type="button"
          class="main"
          disabled={work.running}
          onClick={() => work.start("study_ladder", { study, seeds, epochs, ablation })}
        >
          {t("studies.ladder.climb")}
        </button>
      </div>
      <Progress work={work} />
      {climbed?.of && work.running && <p>{t("studies.ladder.rungs", { n: climbed.rungs.length, of: climbed.of })}</p>}
      {climbed?.kept === false && <p>{t("studies.ladder.other_stays")}</p>}
      {shown && <Rungs rungs={shown.rungs} title={t("studies.ladder.all")} />}
      {shown && shown.ablation.length > 0 && <Rungs rungs={shown.ablation} title={t("studies.ladder.ablation_title")} />}
      {shown && <ul>{shown.conclusions.map((text, k) => <li key={k}>{text}</li>)}</ul>}
    </>
  );
}

function Rungs({ rungs, title }: { rungs: Rung[]; title: string }) {
  const changed = rungs.flatMap(({ title: name, change, verdict }) => (change ? [{ title: name, change, verdict }] : []));
  return (
    <>
      <h3>{title}</h3>
      <Forest lines={changed} label={t("studies.forest_label")} summary={t("studies.forest", { n: changed.length })} />
      <div class="study-scroll" role="region" aria-label={title} tabIndex={0}>
        <table class="study">
          <thead>
            <tr>
              {["rung", "test", "change"].map((key) => <th key={key} scope="col">{t(`studies.ladder.${key}`)}</th>)}
            </tr>
          </thead>
          <tbody>
            {rungs.map((rung) => (
              <tr key={rung.name}>
                <th scope="row">{rung.title}<small>{rung.configuration}</small></th>
                <td>
                  {rung.test ? percent(rung.test[0]) : t("studies.diverged")}
                  {rung.test && rung.test[2] - rung.test[1] < 1 && <small>{percent(rung.test[1])} – {percent(rung.test[2])}</small>}
                </td>
                <td>
                  {rung.change && `${mark(rung.verdict)} ${signed(rung.change[0])}`}
                  {rung.change && <small>{between(rung.change)}; {rung.word}</small>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

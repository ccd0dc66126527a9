/** The confusion matrix, and the test images that were answered wrong. */
import { useEffect, useState } from "preact/hooks";
import { change, state } from "../address";
import { Card } from "../controls";
import { number, percent, t } from "../words";
import { called } from "./names";
import { Pixels } from "./pixels";
import type { Training } from "./training";

const TASK = "cifar";
const AT_FIRST = 24;

export function Answers({ training }: { training: Training }) {
  const { done, data } = training;
  const [all, setAll] = useState(false);
  useEffect(() => {
    setAll(false);
  }, [done]);
  if (!done?.confusions || !done.wrong || !data) return null;
  const { confusions, wrong } = done;
  const names = data.names.map(called);
  const k = names.length;
  const given = state(TASK).cell as number[];
  const cell = given.length === 2 && given.every((at) => at < k) && given[0] !== given[1] ? given : null;
  const setCell = (next: number[] | null) => change(TASK, { cell: next ?? [] });
  const runs = confusions.shape[0]!;
  const mean = (i: number, j: number) => {
    let sum = 0;
    for (let run = 0; run < runs; run++) sum += confusions.data[(run * k + i) * k + j]!;
    return sum / runs;
  };
  const places = [...wrong.true.data.keys()].filter(
    (at) => !cell || (wrong.true.data[at] === cell[0] && wrong.answers.data[at] === cell[1]),
  );
  const shown = all ? places : places.slice(0, AT_FIRST);
  return (
    <>
      <Card title={t("cifar.confusion")}>
        <div class="matrix" tabIndex={0} role="group" aria-label={t("cifar.confusion")}>
          <table class="confusion">
            <thead>
              <tr>
                <th scope="col">{t("cifar.true_answer")}</th>
                {names.map((name) => <th key={name} scope="col">{name}</th>)}
              </tr>
            </thead>
            <tbody>
              {names.map((name, i) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {names.map((other, j) => {
                    const count = confusions.data[i * k + j]!;
                    const text = (
                      <>
                        {number(count)}
                        {runs > 1 && <small>{number(mean(i, j), 3)}</small>}
                      </>
                    );
                    if (i === j) return <td key={other} class="number right">{text}</td>;
                    const pressed = cell?.[0] === i && cell[1] === j;
                    return (
                      <td key={other} class="number">
                        <button
                          type="button"
                          aria-pressed={pressed}
                          aria-label={t("cifar.cell", { name, other, count })}
                          onClick={() => setCell(pressed ? null : [i, j])}
                        >
                          {text}
                        </button>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <small>
          {t("cifar.confusion_about", { seed: done.shown! })} {runs > 1 && t("cifar.confusion_mean", { n: runs })}
        </small>
      </Card>
      <Card title={t("cifar.wrong")} whole>
        <p role="status">
          {cell
            ? t("cifar.wrong_cell", { n: places.length, name: names[cell[0]]!, other: names[cell[1]]! })
            : t("cifar.wrong_all", { n: places.length, total: data.sizes.test!, seed: done.shown! })}
        </p>
        <ul class="pictures answers">
          {shown.map((at) => {
            const answer = wrong.answers.data[at]!;
            const truth = wrong.true.data[at]!;
            return (
              <li key={at}>
                <Pixels of={wrong.images} at={at} size={64} label={names[truth]!} />
                <span>{names[truth]}</span>
                <span class="error">→ {names[answer]}</span>
                <small>{percent(wrong.chances.data[at * k + answer]!, 0)}</small>
              </li>
            );
          })}
        </ul>
        {shown.length < places.length && (
          <button type="button" onClick={() => setAll(true)}>{t("cifar.all", { n: places.length })}</button>
        )}
      </Card>
    </>
  );
}

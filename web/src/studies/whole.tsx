/** Two whole studies: the rows that both have, and how these differ. */
import { useEffect, useState } from "preact/hooks";
import { setup } from "../setup";
import { type Event, giveUp, wish } from "../socket";
import { percent, t } from "../words";
import { between, type Interval, mark, signed, type Verdict } from "./values";
import { said } from "./work";

const PANEL = "study-whole";

interface Row {
  titles: [string, string];
  by: "recipe" | "name";
  changes: string[];
  accuracies: [number | null, number | null];
  change: Interval | null;
  verdict: Verdict;
  word: string;
}

export function Whole({ study, other }: { study: string; other: string }) {
  const [found, setFound] = useState<Event | null>(null);
  const lang = setup.value!.lang;
  useEffect(() => {
    setFound(null);
    wish(PANEL, "study_whole", { study, other }, setFound);
    return () => giveUp(PANEL);
  }, [study, other, lang]);
  if (!found) return <p role="status">{t("studies.opening")}</p>;
  if (found.kind === "error") return <p class="error" role="alert">{said(found)}</p>;
  const rows = found.rows as Row[];
  const share = (value: number | null) => (value === null ? t("studies.diverged") : percent(value));
  return (
    <>
      <p role="status">{t("studies.whole.about", { n: rows.length })}</p>
      {rows.length > 0 && (
        <div class="study-scroll" role="region" aria-label={t("studies.whole.table")} tabIndex={0}>
          <table class="study">
            <thead>
              <tr>
                <th scope="col">{t("studies.whole.row")}</th>
                {(found.names as string[]).map((name) => <th key={name} scope="col">{name}</th>)}
                <th scope="col">{t("studies.difference")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, k) => (
                <tr key={k}>
                  <th scope="row">
                    {row.titles[0]}
                    {row.titles[1] !== row.titles[0] && <small>{t("studies.whole.other_title", { title: row.titles[1] })}</small>}
                    {row.by === "name" && <small>{t("studies.whole.by_name", { fields: row.changes.join(", ") })}</small>}
                  </th>
                  {row.accuracies.map((value, side) => <td key={side}>{share(value)}</td>)}
                  <td>
                    {row.change && `${mark(row.verdict)} ${signed(row.change[0])}`}
                    {row.change && <small>{between(row.change)}; {row.word}</small>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {(found.only as string[][]).map((titles, side) => titles.length > 0 && (
        <p key={side}>{t("studies.whole.only", { name: (found.names as string[])[side]!, rows: titles.join("; ") })}</p>
      ))}
    </>
  );
}

/** Two rows side by side, of one study or of two on the same images. */
import { useEffect, useId, useState } from "preact/hooks";
import { change, state } from "../address";
import { setup } from "../setup";
import { type Event, giveUp, wish } from "../socket";
import { percent, t } from "../words";
import { between, type Interval, type List, type Listed, mark, signed, type Verdict } from "./values";
import { Whole } from "./whole";
import { said } from "./work";

const TASK = "studies";
const PANEL = "study-compare";

interface OfClass {
  name: string;
  number: number;
  shares: [number, number];
  change: Interval;
  verdict: Verdict;
}

export function Compare({ list, study }: { list: List; study: Listed }) {
  const now = state(TASK);
  const [found, setFound] = useState<Event | null>(null);
  const lang = setup.value!.lang;
  const others = list.studies.filter((one) => one.data === study.data);
  const other = others.find((one) => one.name === now.other) ?? study;
  const first = now.first as string;
  const second = now.second as string;
  useEffect(() => {
    setFound(null);
    if (!first || !second) return;
    wish(PANEL, "study_compare", { study: study.name, first, other: other.name, second }, setFound);
    return () => giveUp(PANEL);
  }, [study.name, first, other.name, second, lang]);
  return (
    <>
      <div class="row">
        <Choice label={t("studies.first")} rows={study.rows} value={first} set={(v) => change(TASK, { first: v })} />
        {others.length > 1 && (
          <Choice
            label={t("studies.other")}
            rows={others.map((one) => [one.name, one.name])}
            value={other.name}
            set={(v) => change(TASK, { other: v, second: "" })}
          />
        )}
        <Choice label={t("studies.second")} rows={other.rows} value={second} set={(v) => change(TASK, { second: v })} />
      </div>
      {other.name !== study.name && !(first && second) && <Whole study={study.name} other={other.name} />}
      <div role="status">
        {found?.kind === "done" && (found.paragraphs as string[]).map((text, k) => <p key={k}>{text}</p>)}
      </div>
      {found?.kind === "error" && <p class="error" role="alert">{said(found)}</p>}
      {found?.kind === "done" && (
        <div class="study-scroll" role="region" aria-label={t("studies.by_class")} tabIndex={0}>
          <table class="study">
            <thead>
              <tr>
                <th scope="col">{t("studies.class")}</th>
                {(found.names as string[]).map((name, k) => <th key={k} scope="col">{name}</th>)}
                <th scope="col">{t("studies.difference")}</th>
              </tr>
            </thead>
            <tbody>
              {(found.classes as OfClass[]).map((one) => (
                <tr key={one.number}>
                  <th scope="row">{one.number} {one.name}</th>
                  {one.shares.map((share, k) => <td key={k}>{percent(share)}</td>)}
                  <td>
                    {mark(one.verdict)} {signed(one.change[0])}
                    <small>{between(one.change)}</small>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

export function Choice({ label, rows, value, set, none = true }: {
  label: string;
  rows: [string, string][];
  value: string;
  set: (value: string) => void;
  none?: boolean;
}) {
  const id = useId();
  return (
    <div class="field pick">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(e) => set(e.currentTarget.value)}>
        {none && <option value="">–</option>}
        {rows.map(([name, title]) => (
          <option key={name} value={name}>{title === name ? name : `${title} (${name})`}</option>
        ))}
      </select>
    </div>
  );
}

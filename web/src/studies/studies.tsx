/** The studies of the store: opened, compared, extended, handed in. */
import { useEffect, useState } from "preact/hooks";
import { change, state } from "../address";
import { Card } from "../controls";
import { Reproduce } from "../reproduce";
import { setup } from "../setup";
import { type Event, giveUp, wish } from "../socket";
import { t } from "../words";
import { Choice, Compare } from "./compare";
import { Forest } from "./forest";
import { Climb } from "./ladder";
import { Report } from "./report";
import { AddRow } from "./rows";
import { Comments, Effects, FinalTable, source } from "./table";
import { asLadder, asList, asTable, type Ladder, type Line, type List, type Listed, type Table } from "./values";
import { Progress, said, useWork } from "./work";

const TASK = "studies";

/** What the store has; asked for again whenever `turn` changes. */
export function useList(turn: number): { list: List | null; error: string } {
  const [list, setList] = useState<List | null>(null);
  const [error, setError] = useState("");
  const lang = setup.value!.lang;
  useEffect(() => {
    wish("study-list", TASK, {}, (event) => {
      if (event.kind === "done") setList(asList(event));
      setError(event.kind === "error" ? said(event) : "");
    });
    return () => giveUp("study-list");
  }, [turn, lang]);
  return { list, error };
}

interface Opened {
  table: Table | null;
  ladder: Ladder | null;
  answers: { title: string; paragraphs: string[] }[];
  error: string;
  say: (row: string, text: string) => void;
}

/** A study, opened. */
export function useStudy(name: string, turn: number): Opened {
  const [table, setTable] = useState<Table | null>(null);
  const [ladder, setLadder] = useState<Ladder | null>(null);
  const [answers, setAnswers] = useState<Opened["answers"]>([]);
  const [error, setError] = useState("");
  const lang = setup.value!.lang;
  useEffect(() => {
    setError("");
    if (!name) return;
    if (table?.name !== name) {
      setTable(null);
      setLadder(null);
      setAnswers([]);
    }
    wish("study-open", "study", { study: name }, (event: Event) => {
      if (event.kind === "table" || (event.kind === "done" && event.lines)) setTable(asTable(event));
      if (event.kind === "ladder") setLadder(asLadder(event));
      if (event.kind === "done" && event.answers) setAnswers(event.answers as Opened["answers"]);
      if (event.kind === "error") setError(said(event));
    });
    return () => giveUp("study-open");
  }, [name, turn, lang]);
  const say = (row: string, text: string) =>
    setTable((old) => old && { ...old, lines: old.lines.map((one) => (one.name === row ? { ...one, said: text } : one)) });
  return { table: table?.name === name ? table : null, ladder, answers, error, say };
}

export function Studies() {
  const [turn, setTurn] = useState(0);
  const { list, error } = useList(turn);
  const wanted = state(TASK).study as string;
  const study = list?.studies.find((one) => one.name === wanted) ?? (wanted ? undefined : list?.studies[0]);
  return (
    <>
      <Card title={t("studies.list")} whole>
        {error && <p class="error" role="alert">{error}</p>}
        {!list && !error && <p role="status">{t("studies.opening")}</p>}
        {list && !list.studies.length && !list.labs.length && <p role="status">{t("studies.none")}</p>}
        {list && list.studies.length > 0 && (
          <Choice
            label={t("studies.study")}
            none={!study}
            rows={list.studies.map((one) => [one.name, one.name])}
            value={study?.name ?? ""}
            set={(name) => change(TASK, { study: name, first: "", other: "", second: "" })}
          />
        )}
        {list && wanted && !study && <p class="error" role="alert">{t("studies.gone", { name: wanted })}</p>}
        {study?.unread && <p class="error" role="alert">{study.unread}</p>}
        {list && list.more > 0 && <p>{t("studies.more", { n: list.more })}</p>}
        {list && list.labs.length > 0 && (
          <>
            <h3>{t("studies.labs")}</h3>
            <ul class="labs">
              {list.labs.map((lab) => (
                <li key={lab.name}>
                  <span>{lab.name}</span>
                  {lab.unread ? <p class="error">{lab.unread}</p> : <Report lab={lab.name} />}
                </li>
              ))}
            </ul>
          </>
        )}
      </Card>
      {list && study && !study.unread && (
        <Study key={study.name} list={list} study={study} turn={turn} again={() => setTurn((old) => old + 1)} />
      )}
      {study && <Reproduce task={TASK} />}
      {list && <Begin again={() => setTurn((old) => old + 1)} />}
    </>
  );
}

function Study({ list, study, turn, again }: { list: List; study: Listed; turn: number; again: () => void }) {
  const { table, ladder, answers, error, say } = useStudy(study.name, turn);
  const [seeds, setSeeds] = useState(Math.min(32, Math.max(8, study.seeds)));
  const work = useWork("study-train", (event) => event.kind === "done" && again());
  const changed = (table?.lines ?? []).flatMap((line: Line) => {
    const { difference, corrected_low, corrected_high, verdict } = line.figures;
    if (typeof difference !== "number") return [];
    return [{ title: line.title, change: [difference, corrected_low!, corrected_high!] as [number, number, number], verdict }];
  });
  return (
    <>
      <Card title={study.name} whole>
        {error && <p class="error" role="alert">{error}</p>}
        <p role="status">
          {table || error
            ? t("studies.about", { classes: (table?.named ?? study.classes.map(String)).join(", "), source: source(study.source), n: study.seeds })
            : t("studies.opening")}
        </p>
        {table && table.lost.length > 0 && (
          <p class="error">{t("studies.lost_runs", { rows: table.lost.map(([row, n]) => `${row}: ${n}`).join(", ") })}</p>
        )}
        {table && table.lines.length > 0 && <FinalTable table={table} />}
      </Card>
      {table && table.lines.length > 0 && (
        <>
          <Card title={t("studies.verdicts")} wide>
            <Forest lines={changed} label={t("studies.forest_label")} summary={t("studies.forest", { n: changed.length })} />
          </Card>
          <Card title={t("studies.report")}>
            <p>{t(table.labs.length ? "studies.report_lab" : "studies.report_study")}</p>
            {table.labs[0] ? <Report lab={table.labs[0]} /> : <Report study={study.name} />}
          </Card>
          <Card title={t("studies.comments")} wide>
            <Comments table={table} changed={say} removed={again} />
          </Card>
          <Card title={t("studies.add_title")}>
            <AddRow table={table} added={again} />
          </Card>
          <Card title={t("studies.effects")} whole>
            <p>{t("studies.effects_about")}</p>
            <Effects table={table} />
          </Card>
          <Card title={t("studies.compare")} whole>
            <Compare list={list} study={study} />
          </Card>
          <Card title={t("studies.tasks")} whole>
            <p>{t("studies.tasks_about")}</p>
            <Seeds value={seeds} set={setSeeds} />
            <button
              type="button"
              class="main"
              disabled={work.running}
              onClick={() => work.start("study_tasks", { study: study.name, seeds })}
            >
              {t("studies.do_tasks")}
            </button>
            <Progress work={work} />
            {answers.map((answer) => (
              <details key={answer.title}>
                <summary>{answer.title}</summary>
                {answer.paragraphs.map((text, k) => <p key={k}>{text}</p>)}
              </details>
            ))}
          </Card>
          <Card title={t("studies.ladder.title")} whole>
            <Climb study={study.name} kept={ladder} />
          </Card>
        </>
      )}
    </>
  );
}

/** A study of classes that the store does not have yet. */
function Begin({ again }: { again: () => void }) {
  const [text, setText] = useState("0, 55, 58");
  const [seeds, setSeeds] = useState(8);
  const work = useWork("study-begin", (event) => {
    if (event.kind !== "done") return;
    change(TASK, { study: event.name as string, first: "", other: "", second: "" });
    again();
  });
  const classes = text.split(/[\s,;]+/).filter(Boolean).map(Number);
  return (
    <Card title={t("studies.begin")} whole>
      <p>{t("studies.begin_about")}</p>
      <div class="field">
        <label for="begin-classes">{t("studies.begin_classes")}</label>
        <input id="begin-classes" type="text" maxLength={60} value={text} onInput={(e) => setText(e.currentTarget.value)} />
      </div>
      <Seeds value={seeds} set={setSeeds} id="begin-seeds" />
      <button type="button" class="main" disabled={work.running} onClick={() => work.start("study_tasks", { classes, seeds })}>
        {t("studies.do_tasks")}
      </button>
      <Progress work={work} />
    </Card>
  );
}

export function Seeds({ value, set, id = "study-seeds" }: { value: number; set: (n: number) => void; id?: string }) {
  return (
    <div class="field">
      <label for={id}>{t("studies.seeds")}</label>
      <input
        id={id}
        type="number"
        min={1}
        max={32}
        value={value}
        onInput={(e) => e.currentTarget.validity.valid && set(e.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

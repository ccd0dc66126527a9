/** The final table of a study, and what is said about its rows. */
import { useState } from "preact/hooks";
import { ask } from "../socket";
import { has, t } from "../words";
import { between, type Line, mark, signed, type Table } from "./values";

const COLUMNS = ["row", "train", "test", "iterations", "compared"] as const;

export function FinalTable({ table }: { table: Table }) {
  return (
    <>
      <div class="study-scroll" role="region" aria-label={t("studies.table")} tabIndex={0}>
        <table class="study">
          <thead>
            <tr>{COLUMNS.map((column) => <th key={column} scope="col">{table.headings![column]}</th>)}</tr>
          </thead>
          <tbody>
            {table.lines.map((line) => (
              <tr key={line.name}>
                <th scope="row">
                  {line.cells.row!.join(" ")}
                  <small>{line.cells.configuration![0]}</small>
                  <small>{line.cells.hyperparameters![0]}</small>
                </th>
                {COLUMNS.slice(1).map((column) => (
                  <td key={column}>
                    {column === "compared" && line.figures.verdict && `${mark(line.figures.verdict)} `}
                    {line.cells[column]!.map((piece, k) => (k ? <small key={k}>{piece}</small> : <span key={k}>{piece}</span>))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p><small>{table.caption}</small></p>
    </>
  );
}

/** What each row shows, and what its student says: edited in place. */
export function Comments({ table, changed, removed }: {
  table: Table;
  changed: (row: string, said: string) => void;
  removed: () => void;
}) {
  return (
    <ul class="comments">
      {table.lines.map((line) => (
        <li key={line.name}>
          <h3>{line.title}</h3>
          <p>{line.computed}</p>
          <Comment study={table.name} line={line} changed={changed} />
          {line.own && <Remove study={table.name} line={line} removed={removed} />}
        </li>
      ))}
    </ul>
  );
}

function Comment({ study, line, changed }: { study: string; line: Line; changed: (row: string, said: string) => void }) {
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState("");
  const named = { row: line.title };
  const save = async (e: SubmitEvent) => {
    e.preventDefault();
    try {
      const kept = await ask("study-comment", "study_comment", { study, row: line.name, comment: text });
      changed(line.name, kept.said as string);
      setText(null);
      setError("");
    } catch (failed) {
      setError((failed as Error).message === "lost" ? t("studies.lost") : (failed as Error).message);
    }
  };
  if (text === null) {
    return (
      <p>
        {line.said && <q class="said">{line.said}</q>}{" "}
        <button type="button" aria-label={t("studies.comment_of", named)} onClick={() => setText(line.said)}>
          {t(line.said ? "studies.edit" : "studies.comment")}
        </button>
      </p>
    );
  }
  return (
    <form onSubmit={save}>
      <textarea
        aria-label={t("studies.comment_of", named)}
        maxLength={1000}
        rows={3}
        value={text}
        ref={(field) => { if (field && !field.dataset.seen) { field.dataset.seen = "yes"; field.focus(); } }}
        onInput={(e) => setText(e.currentTarget.value)}
      />
      <div class="row">
        <button type="submit" class="main">{t("studies.save")}</button>
        <button type="button" onClick={() => { setText(null); setError(""); }}>{t("studies.cancel")}</button>
      </div>
      {error && <p class="error" role="alert">{error}</p>}
    </form>
  );
}

function Remove({ study, line, removed }: { study: string; line: Line; removed: () => void }) {
  const [sure, setSure] = useState(false);
  const [error, setError] = useState("");
  const remove = async () => {
    try {
      await ask("study-remove", "study_remove", { study, rows: [line.name] });
      removed();
    } catch (failed) {
      setError((failed as Error).message);
      setSure(false);
    }
  };
  return (
    <div class="row">
      {sure ? (
        <>
          <span>{t("studies.remove_sure", { row: line.title })}</span>
          <button type="button" onClick={remove}>{t("studies.remove_yes")}</button>
          <button type="button" onClick={() => setSure(false)}>{t("studies.cancel")}</button>
        </>
      ) : (
        <button type="button" aria-label={t("studies.remove_row", { row: line.title })} onClick={() => setSure(true)}>
          {t("studies.remove")}
        </button>
      )}
      {error && <p class="error" role="alert">{error}</p>}
    </div>
  );
}

const EFFECTS: [string, number][] = [["train_loss", 1], ["test_loss", 1], ["gap", 100], ["epoch", 1]];

/** What each move did to training. */
export function Effects({ table }: { table: Table }) {
  const lines = table.lines.filter((line) => EFFECTS.some(([name]) => line.effects[name]));
  if (!lines.length) return null;
  return (
    <div class="study-scroll" role="region" aria-label={t("studies.effects")} tabIndex={0}>
      <table class="study">
        <thead>
          <tr>
            <th scope="col">{table.headings!.row}</th>
            {EFFECTS.map(([name]) => <th key={name} scope="col">{t(`studies.effect.${name}`)}</th>)}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.name}>
              <th scope="row">{line.title}</th>
              {EFFECTS.map(([name, scale]) => {
                const found = line.effects[name];
                return (
                  <td key={name}>
                    {found && signed(found[0], scale)}
                    {found && Number.isFinite(found[1]) && <small>{between(found, scale)}</small>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a set of images is called. */
export const source = (name: string) => (has(`studies.source.${name}`) ? t(`studies.source.${name}`) : name);

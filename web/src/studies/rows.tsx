/** A row of one's own: what it starts from, and what it changes. */
import { useEffect, useId, useState } from "preact/hooks";
import { t } from "../words";
import { Choice } from "./compare";
import type { Table } from "./values";
import { Progress, useWork } from "./work";

const NUMBERS = ["lr", "batch_size", "epochs", "momentum", "weight_decay", "dropout", "shift"] as const;
const ACTIVATIONS = ["relu", "sigmoid", "tanh", "gelu"];

type Form = Record<string, string>;

export function AddRow({ table, added }: { table: Table; added: () => void }) {
  const [parent, setParent] = useState("");
  const line = table.lines.find((one) => one.name === parent) ??
    table.lines.find((one) => one.name === "stop") ?? table.lines[0]!;
  const [form, setForm] = useState<Form>({});
  const [flip, setFlip] = useState(false);
  const work = useWork("study-train", (event) => event.kind === "done" && added());
  const recipe = line.recipe;
  useEffect(() => {
    const start: Form = { name: form.name ?? "", comment: form.comment ?? "", activation: String(recipe.activation) };
    for (const field of NUMBERS) start[field] = recipe[field] === null ? "" : String(recipe[field]);
    setForm({ ...start, hidden: (recipe.hidden as number[]).join(", ") });
    setFlip(recipe.flip === true);
  }, [line.name, table.name]);
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    const changes: Record<string, unknown> = { activation: form.activation, flip };
    for (const field of NUMBERS) {
      const text = form[field]!.replace(",", ".").trim();
      if (text) changes[field] = Number(text);
    }
    const hidden = form.hidden!.split(/[\s,;]+/).filter(Boolean).map(Number);
    work.start("study_row", {
      study: table.name, parent: line.name, name: form.name, comment: form.comment, hidden, changes,
    });
  };
  const text = (field: string, more = {}) => (
    <Text key={field} field={field} value={form[field] ?? ""} set={(v) => setForm((old) => ({ ...old, [field]: v }))} {...more} />
  );
  return (
    <form onSubmit={submit}>
      <Choice label={t("studies.parent")} none={false} rows={table.lines.map((one) => [one.name, one.title])} value={line.name} set={setParent} />
      {text("hidden")}
      <div class="field pick">
        <label for="row-activation">{t("studies.fields.activation")}</label>
        <select id="row-activation" value={form.activation} onChange={(e) => setForm({ ...form, activation: e.currentTarget.value })}>
          {ACTIVATIONS.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      </div>
      {NUMBERS.map((field) => text(field, { mode: "decimal" }))}
      <label class="check">
        <input type="checkbox" checked={flip} onChange={(e) => setFlip(e.currentTarget.checked)} /> {t("studies.fields.flip")}
      </label>
      {text("name", { most: 80 })}
      {text("comment", { most: 1000 })}
      <p><small>{t("studies.row_hint", { n: table.seeds })}</small></p>
      <button type="submit" class="main" disabled={work.running}>{t("studies.add")}</button>
      <Progress work={work} />
    </form>
  );
}

function Text({ field, value, set, most = 60, mode }: {
  field: string;
  value: string;
  set: (value: string) => void;
  most?: number;
  mode?: "decimal";
}) {
  const id = useId();
  return (
    <div class="field pick">
      <label for={id}>{t(`studies.fields.${field}`)}</label>
      <input id={id} type="text" inputMode={mode} maxLength={most} value={value} onInput={(e) => set(e.currentTarget.value)} />
    </div>
  );
}

/** For part 3: what is seen there becomes a row of the study of its classes. */
import { useState } from "preact/hooks";
import { change, show, state } from "../address";
import { Card } from "../controls";
import { t } from "../words";
import { Choice } from "./compare";
import { FinalTable } from "./table";
import { useList, useStudy } from "./studies";
import { Progress, useWork } from "./work";

const FIELDS = ["activation", "lr", "momentum", "weight_decay", "batch_size", "epochs"] as const;

export function StudyPanel() {
  const now = state("cifar");
  const [turn, setTurn] = useState(0);
  const [parent, setParent] = useState("stop");
  const [comment, setComment] = useState("");
  const { list, error } = useList(turn);
  const classes = [...(now.classes as number[])].sort((a, b) => a - b);
  const same = (other: number[]) => other.join() === classes.join();
  const study = list?.studies.find((one) => !one.unread && one.protocol === "lab" && same(one.classes));
  const opened = useStudy(study?.name ?? "", turn);
  const work = useWork("study-train", (event) => {
    if (event.kind !== "done") return;
    setComment("");
    setTurn((old) => old + 1);
  });
  const add = () => {
    const changes = Object.fromEntries(FIELDS.map((field) => [field, now[field]]));
    const from = study?.rows.some(([name]) => name === parent) || !study ? parent : study.rows[0]![0];
    work.start("study_row", {
      study: study?.name ?? "", classes, seeds: now.seeds, parent: from, comment, hidden: now.hidden, changes,
    });
  };
  const open = (e: MouseEvent) => {
    e.preventDefault();
    change("studies", { study: study!.name, first: "", other: "", second: "" });
    show("studies");
  };
  return (
    <Card title={t("studies.panel")} whole>
      <p>{study ? t("studies.panel_row", { n: study.seeds }) : t("studies.panel_begin", { n: now.seeds as number })}</p>
      <div class="row">
        {study && <Choice label={t("studies.parent")} none={false} rows={study.rows} value={parent} set={setParent} />}
        <div class="field pick">
          <label for="panel-comment">{t("studies.fields.comment")}</label>
          <input id="panel-comment" type="text" maxLength={1000} value={comment} onInput={(e) => setComment(e.currentTarget.value)} />
        </div>
        <button type="button" class="main" disabled={work.running || !list} onClick={add}>{t("studies.add_as_row")}</button>
        {study && <a href="#part=studies" onClick={open}>{t("studies.open")}</a>}
      </div>
      <Progress work={work} />
      {(error || opened.error) && <p class="error" role="alert">{error || opened.error}</p>}
      {opened.table && opened.table.lines.length > 0 && <FinalTable table={opened.table} />}
    </Card>
  );
}

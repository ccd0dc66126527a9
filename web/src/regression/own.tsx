/** Points of one's own, as text: pasted, opened from a file, or read off what was drawn. */
import { useId, useState } from "preact/hooks";
import { change, state } from "../address";
import { Card } from "../controls";
import { WrongLine } from "../points";
import { t } from "../words";
import { MOST, parsePoints, type Point, scaled, toOwn, Wrong } from "./points";

const TASK = "regression";

export function OwnPoints() {
  const now = state(TASK);
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState("");
  const id = useId();
  const box = now.box as number[];
  const text = typed ?? written(now.points as Point[], box);
  const use = (given: string) => {
    try {
      change(TASK, { target: "own", ...scaled(parsePoints(given)) });
      setTyped(null);
      setWrong("");
    } catch (error) {
      setTyped(given);
      if (error instanceof Wrong) setWrong(t(`regression.wrong.${error.key}`, error.values));
      else if (error instanceof WrongLine) setWrong(t("regression.wrong.line", { line: error.line }));
      else throw error;
    }
  };
  return (
    <Card title={t("regression.own_title")}>
      <p>{t("regression.own_about", { most: MOST })}</p>
      <label for={id}>{t("regression.own_label")}</label>
      <textarea
        id={id}
        rows={8}
        spellcheck={false}
        value={text}
        aria-invalid={!!wrong}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onInput={(e) => setTyped(e.currentTarget.value)}
      />
      <p id={`${id}-wrong`} class="error" role="alert">{wrong}</p>
      <div class="row">
        <button type="button" onClick={() => use(text)}>{t("regression.use")}</button>
        <label class="file">
          {t("regression.open")}
          <input
            type="file"
            accept=".csv,.txt,.tsv,text/plain"
            onChange={async (e) => {
              const file = e.currentTarget.files?.[0];
              e.currentTarget.value = "";
              if (file) use(await file.slice(0, 1 << 16).text());
            }}
          />
        </label>
      </div>
      {box.length === 4 && <small>{t("regression.scaled")}</small>}
    </Card>
  );
}

function written(points: Point[], box: number[]): string {
  const own = toOwn(box);
  const short = (value: number) => String(Number(value.toPrecision(4)));
  return points.map(([x, y]) => `${short(own.x(x))}, ${short(own.y(y))}`).join("\n");
}

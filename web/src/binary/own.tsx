/** Points of one's own by fields and as text: for keyboards, and for what comes from elsewhere. */
import { useId, useState } from "preact/hooks";
import { t } from "../words";
import type { Brush } from "./surface";
import { fromText, MOST, type Point, toText } from "./points";

interface Props {
  points: Point[];
  brush: Brush;
  choose: (brush: Brush) => void;
  change: (points: Point[]) => void;
}

export function OwnPoints({ points, brush, choose, change }: Props) {
  const id = useId();
  // What is typed and not taken yet; else the points as they are.
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState("");
  const take = () => {
    const found = fromText(typed ?? "");
    if (Array.isArray(found)) {
      change(found);
      setTyped(null);
      setError("");
    } else if ("line" in found) setError(t("binary.bad_line", { line: found.line }));
    else setError(t("binary.too_many", { count: found.count, most: MOST }));
  };
  return (
    <>
      <fieldset class="brush">
        <legend>{t("binary.brush.label")}</legend>
        <div class="row">
          {(["0", "1", "erase"] as const).map((name) => (
            <button key={name} type="button" aria-pressed={brush === name} onClick={() => choose(name)}>
              {t(`binary.brush.${name}`)}
            </button>
          ))}
          <button type="button" disabled={!points.length} onClick={() => change([])}>{t("binary.clear")}</button>
        </div>
      </fieldset>
      <p id="binary-keys"><small>{t("binary.keys")}</small></p>
      <details>
        <summary>{t("binary.as_text", { n: points.length })}</summary>
        <label for={id}>{t("binary.text")}</label>
        <textarea
          id={id}
          rows={8}
          spellcheck={false}
          value={typed ?? toText(points)}
          onInput={(e) => setTyped(e.currentTarget.value)}
          aria-invalid={!!error}
          aria-describedby={`${id}-error`}
        />
        <p id={`${id}-error`} class="error" role="alert">{error}</p>
        <button type="button" disabled={typed === null} onClick={take}>{t("binary.take")}</button>
      </details>
    </>
  );
}

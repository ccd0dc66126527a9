/** The classes of a student, by the rule of a year. */
import { useState } from "preact/hooks";
import { change, state } from "../address";
import { Choice } from "../controls";
import { fields, setup } from "../setup";
import { ask, type Event } from "../socket";
import { t } from "../words";
import { called, type ClassName } from "./names";

export function Variant({ take, names }: { take: (classes: number[]) => void; names: ClassName[] }) {
  const [found, setFound] = useState<Event | null>(null);
  const [error, setError] = useState("");
  const now = state("variant");
  const number = fields("variant").number!;
  const find = (event: SubmitEvent) => {
    event.preventDefault();
    ask("variant", "variant", now).then(
      (answer) => {
        setError("");
        setFound(answer);
        take(answer.classes);
      },
      (reason: Error) => {
        setFound(null);
        setError(reason.message);
      },
    );
  };
  return (
    <details class="variant">
      <summary>{t("variant.title")}</summary>
      <form class="row" onSubmit={find}>
        <label>
          {t("variant.fields.group")}{" "}
          <input
            type="text"
            maxLength={20}
            required
            size={9}
            value={now.group as string}
            onInput={(e) => change("variant", { group: e.currentTarget.value })}
          />
        </label>
        <label>
          {t("variant.fields.number")}{" "}
          <input
            type="number"
            min={number.minimum}
            max={number.maximum}
            required
            value={now.number as number}
            onInput={(e) => change("variant", { number: e.currentTarget.valueAsNumber })}
          />
        </label>
        <Choice task="variant" field="department" />
        <Choice task="variant" field="year" />
        <button type="submit">{t("variant.take")}</button>
      </form>
      <div role="status">
        {error && <p class="error">{error}</p>}
        {found && (
          <ul>
            {(found.classes as number[]).map((one, i) => (
              <li key={one}>
                {found.rules[setup.value!.lang][i]}: {found.formulas[i]}
                {names[one] ? ` – ${called(names[one])}` : ""}
              </li>
            ))}
          </ul>
        )}
      </div>
    </details>
  );
}

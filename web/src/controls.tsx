/** Controls whose bounds, defaults and choices are those of a wish. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { change, fitting, state } from "./address";
import { fields } from "./setup";
import { has, number, t } from "./words";

interface Of {
  task: string;
  field: string;
}

/** The label of a field: its text, or "hint" below where there is one. */
const label = ({ task, field }: Of) => t(`${task}.fields.${field}`);

/** A number from its least to its most: a slider and a field for exact values. */
export function Slider({ task, field, log = false, least, most }: Of & { log?: boolean; least?: number; most?: number }) {
  const id = useId();
  const known = fields(task)[field]!;
  const whole = known.type === "integer";
  const low = least ?? known.minimum ?? known.exclusiveMinimum ?? 0;
  const high = most ?? known.maximum ?? 100;
  const value = Math.min(high, state(task)[field] as number);
  const place = (v: number) => (log ? Math.log10(Math.max(v, low)) : v);
  const back = (p: number) => {
    const raw = log ? 10 ** p : p;
    return whole ? Math.round(raw) : Number(raw.toPrecision(2));
  };
  const step = log ? 0.01 : whole ? 1 : (high - low) / 100;
  const set = (next: number) => change(task, { [field]: next });
  return (
    <div class="field">
      <label for={id}>{label({ task, field })}</label>
      <output for={id}>{number(value)}</output>
      <input
        id={id}
        type="range"
        min={place(low)}
        max={place(high)}
        step={step}
        value={place(value)}
        aria-valuetext={number(value)}
        onInput={(e) => set(Math.min(high, Math.max(low, back(Number(e.currentTarget.value)))))}
      />
      <Hint task={task} field={field} />
    </div>
  );
}

/** A whole number that is typed. */
export function Whole({ task, field }: Of) {
  const id = useId();
  const known = fields(task)[field]!;
  const [wrong, setWrong] = useState(false);
  return (
    <div class="field">
      <label for={id}>{label({ task, field })}</label>
      <input
        id={id}
        type="number"
        inputMode="numeric"
        aria-invalid={wrong}
        aria-describedby={`${id}-wrong`}
        min={known.minimum}
        max={known.maximum}
        step={1}
        value={state(task)[field] as number}
        onInput={(e) => {
          const typed = e.currentTarget.valueAsNumber;
          const fits = fitting(known, typed) === typed;
          setWrong(!fits);
          if (fits) change(task, { [field]: typed });
        }}
        onBlur={(e) => {
          e.currentTarget.value = String(state(task)[field]);
          setWrong(false);
        }}
      />
      <small id={`${id}-wrong`} class="error" role="alert">
        {wrong ? t("page.whole", { low: known.minimum ?? 0, high: known.maximum ?? 0 }) : ""}
      </small>
      <Hint task={task} field={field} />
    </div>
  );
}

/** One of a few: their texts are at `<task>.<field>.<choice>`. */
export function Choice({ task, field, onChoice }: Of & { onChoice?: (choice: string) => void }) {
  const id = useId();
  const choices = fields(task)[field]!.enum ?? [];
  return (
    <div class="field">
      <label for={id}>{label({ task, field })}</label>
      <select
        id={id}
        value={state(task)[field] as string}
        onChange={(e) => {
          const choice = e.currentTarget.value;
          if (onChoice) onChoice(choice);
          change(task, { [field]: choice });
        }}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {t(`${task}.${field}.${choice}`)}
          </option>
        ))}
      </select>
      <Hint task={task} field={field} />
    </div>
  );
}

function Hint({ task, field }: Of) {
  const key = `${task}.hints.${field}`;
  return has(key) ? <small>{t(key)}</small> : null;
}

/** A part of a page with its heading. */
export function Card({ title, children, wide = false, whole = false }: {
  title: string;
  children: ComponentChildren;
  wide?: boolean;
  whole?: boolean;
}) {
  const id = useId();
  return (
    <section class={`card${wide ? " wide" : ""}${whole ? " whole" : ""}`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

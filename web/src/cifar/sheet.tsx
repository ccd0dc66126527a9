/** The sheet of a hundred classes: pictures, both names, search; and the classes that are picked. */
import { useEffect, useRef, useState } from "preact/hooks";
import { change, state } from "../address";
import { Card } from "../controls";
import { fields, setup } from "../setup";
import { ask, type Event } from "../socket";
import { t } from "../words";
import { called, type ClassName, isMeant, otherwise } from "./names";
import { Pixels } from "./pixels";
import { Variant } from "./variant";

const TASK = "cifar";

export function Classes() {
  const [sheet, setSheet] = useState<Event | null>(null);
  const [error, setError] = useState("");
  const chosen = state(TASK).classes as number[];
  const [picked, setPicked] = useState(chosen);
  useEffect(() => setPicked(chosen), [chosen]);
  useEffect(() => {
    setError("");
    ask("classes", "classes", {}).then(setSheet, (reason: Error) => setError(reason.message));
  }, [setup.value?.lang]);
  const { minItems = 2, maxItems = 5 } = fields(TASK).classes as { minItems?: number; maxItems?: number };
  const pick = (numbers: number[]) => {
    const next = [...new Set(numbers)].sort((a, b) => a - b).slice(0, maxItems);
    setPicked(next);
    if (next.length >= minItems) change(TASK, { classes: next });
  };
  const toggle = (number: number) =>
    pick(picked.includes(number) ? picked.filter((one) => one !== number) : [...picked, number]);
  const names = (sheet?.names ?? []) as ClassName[];
  return (
    <Card title={t("cifar.classes")} whole>
      {error && <p class="error" role="alert">{error}</p>}
      {!sheet && !error && <p role="status">{t("cifar.reading")}</p>}
      {sheet?.source === "synthetic" && <p class="note">{t("cifar.stand_in")}</p>}
      {sheet && (
        <>
          <div class="row" role="group" aria-label={t("cifar.picked")}>
            {picked.map((number) => (
              <button
                key={number}
                type="button"
                class="picked"
                aria-label={t("cifar.remove", { name: called(names[number]!) })}
                onClick={() => toggle(number)}
              >
                <Pixels of={sheet.pictures} at={number} size={48} />
                <span>{number}. {called(names[number]!)}</span>
                <span aria-hidden="true">×</span>
              </button>
            ))}
          </div>
          <p role="status">
            {picked.length < minItems ? t("cifar.too_few", { n: minItems }) : picked.length >= maxItems ? t("cifar.full", { n: maxItems }) : ""}
          </p>
          <Sheet sheet={sheet} names={names} picked={picked} full={picked.length >= maxItems} toggle={toggle} />
        </>
      )}
      <Variant take={pick} names={names} />
    </Card>
  );
}

function Sheet({ sheet, names, picked, full, toggle }: {
  sheet: Event;
  names: ClassName[];
  picked: number[];
  full: boolean;
  toggle: (number: number) => void;
}) {
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const meant = names.filter((name) => isMeant(name, typed));
  const first = meant.some((name) => name[0] === active) ? active : meant[0]?.[0];
  const move = (event: KeyboardEvent) => {
    const buttons = [...grid.current!.querySelectorAll<HTMLButtonElement>("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const columns = buttons.filter((one) => one.offsetTop === buttons[0]!.offsetTop).length;
    const steps: Record<string, number> = {
      ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0, End: buttons.length - 1,
    };
    const next = buttons[steps[event.key] ?? -1];
    if (at < 0 || !(event.key in steps)) return;
    event.preventDefault();
    next?.focus();
  };
  return (
    <>
      <div class="row">
        <label for="class-search">{t("cifar.search")}</label>
        <input
          id="class-search"
          type="search"
          value={typed}
          onInput={(e) => setTyped(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key !== "Enter" || !meant[0]) return;
            e.preventDefault();
            if (!full || picked.includes(meant[0][0])) toggle(meant[0][0]);
            setTyped("");
          }}
        />
        <span role="status">{t("cifar.found", { n: meant.length })}</span>
      </div>
      <div class="sheet" ref={grid} role="group" aria-label={t("cifar.sheet")} onKeyDown={move}>
        {meant.map((name) => (
          <button
            key={name[0]}
            type="button"
            tabIndex={name[0] === first ? 0 : -1}
            aria-pressed={picked.includes(name[0])}
            disabled={full && !picked.includes(name[0])}
            onFocus={() => setActive(name[0])}
            onClick={() => toggle(name[0])}
          >
            <Pixels of={sheet.pictures} at={name[0]} size={56} />
            <span>{name[0]}. {called(name)}</span>
            <small lang={setup.value?.lang === "ru" ? "en" : "ru"}>{otherwise(name)}</small>
          </button>
        ))}
      </div>
    </>
  );
}

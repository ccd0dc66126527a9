/**
 * The state of the page is its address: `#part=regression&lang=en&v=1&hidden=32…`.
 *
 * What differs from the default is written, so links stay short; what is read is checked against the
 * bounds that the server told, and the default is taken in place of what does not fit. The server
 * checks every wish again.
 */
import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { type Field, fields } from "./setup";

export type Value = string | number | boolean | number[] | string[] | number[][];
export type State = Record<string, Value>;

const VERSION = "1";
const OWN = new Set(["v", "part", "lang", "theme"]);
const read = () => new URLSearchParams(location.hash.slice(1));

const FIRST = "regression";
export const THEMES = ["", "light", "dark"];
const givenTheme = () => THEMES.find((name) => name === read().get("theme")) ?? "";
const isOfOther = () => (read().get("v") ?? VERSION) !== VERSION;

export const part = signal(read().get("part") ?? FIRST);
export const lang = signal(read().get("lang") ?? "");
export const theme = signal(givenTheme());
/** Whether the address was made by another version of the page: then its settings are not taken. */
export const foreign = signal(isOfOther());

const states = new Map<string, ReturnType<typeof signal<State>>>();

/** The state of a task: all fields of its wish. Set through `change`. */
export function state(task: string): State {
  return held(task).value!;
}

const wishes = new Map<string, ReadonlySignal<State>>();

/** The state without what is only looked at (fields marked `view`): the same object as long as it is equal. */
export function wished(task: string): State {
  let found = wishes.get(task);
  if (!found) {
    let [last, text]: [State, string] = [{}, ""];
    found = computed(() => {
      const known = fields(task);
      const now = Object.fromEntries(Object.entries(state(task)).filter(([name]) => !known[name]!.view));
      const next = JSON.stringify(now);
      if (next !== text) [last, text] = [now, next];
      return last;
    });
    wishes.set(task, found);
  }
  return found.value;
}

/** Change some fields; what does not fit their bounds is not taken. */
export function change(task: string, changes: Partial<State>): void {
  const known = fields(task);
  const next = { ...held(task).value! };
  for (const [name, value] of Object.entries(changes)) {
    const checked = known[name] && value !== undefined ? fitting(known[name], value) : undefined;
    if (checked !== undefined) next[name] = checked;
  }
  held(task).value = next;
}

/** Back to the defaults. */
export function reset(task: string): void {
  held(task).value = defaults(task);
}

/** The defaults of a task. */
export function defaults(task: string): State {
  return Object.fromEntries(Object.entries(fields(task)).map(([k, f]) => [k, f.default as Value]));
}

function held(task: string) {
  let found = states.get(task);
  if (!found) states.set(task, (found = signal<State>(started(task))));
  return found;
}

/** The state that the address gives a task: its defaults, if it is of another one. */
function started(task: string): State {
  const known = fields(task);
  const start = defaults(task);
  const given = read();
  if (!isOfOther() && (given.get("part") ?? FIRST) === task) {
    for (const [name, text] of given) {
      if (OWN.has(name) || !known[name]) continue;
      const value = fitting(known[name], parsed(known[name], text));
      if (value !== undefined) start[name] = value;
    }
  }
  return start;
}

/** A value as a field wants it, or undefined. */
export function fitting(field: Field, value: unknown): Value | undefined {
  if (field.enum) return field.enum.includes(value as string) ? (value as string) : undefined;
  switch (field.type) {
    case "integer":
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
      const number = field.type === "integer" ? Math.round(value) : value;
      const low = field.minimum ?? field.exclusiveMinimum ?? -Infinity;
      const fits = number >= low && number <= (field.maximum ?? Infinity);
      return fits && number !== field.exclusiveMinimum ? number : undefined;
    }
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "array": {
      if (!Array.isArray(value) || value.length > ((field.maxItems as number) ?? 1e4)) return undefined;
      if (value.length < ((field.minItems as number) ?? 0)) return undefined;
      const [each, first] = [field.items as Field | undefined, (field.prefixItems ?? []) as Field[]];
      const items = value.map((item, i) => {
        const of = first[i] ?? each;
        return of ? fitting(of, item) : item;
      });
      return items.includes(undefined) ? undefined : (items as Value);
    }
    default:
      return typeof value === "string" && value.length <= 2000 ? value : undefined;
  }
}

function parsed(field: Field, text: string): unknown {
  if (field.enum || field.type === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The address of what is seen. */
export function address(task = part.value): string {
  const given = new URLSearchParams({ v: VERSION, part: task });
  if (lang.value) given.set("lang", lang.value);
  if (theme.value) given.set("theme", theme.value);
  const start = defaults(task);
  for (const [name, value] of Object.entries(state(task))) {
    if (JSON.stringify(value) !== JSON.stringify(start[name])) {
      given.set(name, typeof value === "string" ? value : JSON.stringify(value));
    }
  }
  return `#${given}`;
}

/** Open a part: the back button returns to the one that was open, as it was. */
export function show(name: string): void {
  if (name === part.value) return;
  history.replaceState(null, "", address());
  part.value = name;
  history.pushState(null, "", address());
}

/** Keep the address of the browser that of the state, and follow links and the back button. */
export function followAddress(isPart: (name: string) => boolean): void {
  let timer = 0;
  effect(() => {
    const next = address();
    clearTimeout(timer); // browsers count how often an address is set
    timer = window.setTimeout(() => history.replaceState(null, "", next), 150);
  });
  addEventListener("hashchange", () => {
    const given = read();
    const name = given.get("part") ?? "";
    batch(() => {
      part.value = isPart(name) ? name : FIRST;
      foreign.value = isOfOther();
      lang.value = given.get("lang") ?? "";
      theme.value = givenTheme();
      const one = states.get(part.value); // the other parts stay as they are
      if (one) one.value = started(part.value);
    });
  });
}

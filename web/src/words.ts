/** Texts and numbers in the language of the page. */
import { setup } from "./setup";

type Values = Record<string, string | number>;

/**
 * A text by its place in the TOML files, as "regression.title".
 *
 * `{name}` is replaced by a value, numbers are written in the language. A table with plural forms
 * (one, few, many, other) is chosen from by the value `n`.
 */
export function t(key: string, values: Values = {}): string {
  let found: unknown = setup.value?.words;
  for (const step of key.split(".")) found = (found as Record<string, unknown> | undefined)?.[step];
  if (found && typeof found === "object") {
    const forms = found as Record<string, string>;
    found = forms[new Intl.PluralRules(tag()).select(Number(values.n))] ?? forms.other;
  }
  if (typeof found !== "string") throw new Error(`there is no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${key} needs ${name}`);
    return typeof value === "number" ? number(value) : value;
  });
}

/** Whether there is such a text. */
export function has(key: string): boolean {
  let found: unknown = setup.value?.words;
  for (const step of key.split(".")) found = (found as Record<string, unknown> | undefined)?.[step];
  return found !== undefined;
}

/** A number for people: at most so many significant digits, decimal mark of the language. */
export function number(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e7)) {
    const [mantissa, power] = value.toExponential(2).split("e");
    return `${number(Number(mantissa))}·10${superscript(Number(power))}`;
  }
  const whole = Number.isInteger(value);
  return new Intl.NumberFormat(tag(), whole ? {} : { maximumSignificantDigits: digits })
    .format(value)
    .replace("-", "−");
}

/** A share as a percentage with so many decimals. */
export function percent(share: number, decimals = 1): string {
  if (!Number.isFinite(share)) return "–";
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return `${new Intl.NumberFormat(tag(), options).format(100 * share)}\u00a0%`;
}

function tag(): string {
  return setup.value?.tag ?? "en";
}

function superscript(power: number): string {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  return String(power).replace(/\d/g, (d) => digits[Number(d)]!).replace("-", "⁻");
}

/** What the server tells of studies. */
import type { Event } from "../socket";
import { number, percent } from "../words";

export type Interval = [number, number, number];
export type Verdict = "better" | "worse" | "not distinguishable" | null;

export interface Line {
  name: string;
  title: string;
  own: boolean;
  parent: string | null;
  parent_title: string;
  said: string;
  computed: string;
  cells: Record<string, string[]>;
  figures: Record<string, number | null> & { verdict: Verdict };
  recipe: Record<string, number | string | boolean | null | number[]>;
  effects: Record<string, Interval | null>;
}

export interface Rung {
  name: string;
  title: string;
  aside: boolean;
  configuration: string;
  hyperparameters: string;
  test: Interval | null;
  change: Interval | null;
  verdict: Verdict;
  word: string;
}

export interface Ladder {
  rungs: Rung[];
  ablation: Rung[];
  conclusions: string[];
}

export interface Table {
  name: string;
  lost: [string, number][];
  labs: string[];
  seeds: number;
  source: string;
  caption?: string;
  headings?: Record<string, string>;
  named?: string[];
  lines: Line[];
}

export interface Listed {
  name: string;
  unread?: string;
  classes: number[];
  source: string;
  seeds: number;
  protocol: "lab" | "validation";
  rows: [string, string][];
  data: string;
}

export interface List {
  store: string;
  studies: Listed[];
  labs: { name: string; unread?: string; parts: string[]; study: string }[];
  more: number;
}

export const asList = (event: Event) => event as unknown as List;
export const asTable = (event: Event) => event as unknown as Table;
export const asLadder = (event: Event) => event as unknown as Ladder;

/** A difference with its sign: one of shares in points, any other to two significant digits. */
export function signed(value: number, scale = 100): string {
  const size = Math.abs(value);
  const text = scale === 100 ? percent(size).replace(/\s?%$/, "") : number(Number((scale * size).toPrecision(2)));
  return /[1-9∞]/.test(text) ? `${value < 0 ? "−" : "+"}${text}` : text;
}

/** An interval behind its middle. */
export const between = ([, low, high]: Interval, scale = 100) =>
  `${signed(low, scale)} … ${signed(high, scale)}`;

/** A mark for a verdict, beside its word. */
export const mark = (verdict: Verdict) => (verdict === "better" ? "▲" : verdict === "worse" ? "▼" : "○");

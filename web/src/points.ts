/** Rows of numbers read from a text: pasted, typed, or of a file. */

/** A line that is none: its number, from 1. */
export class WrongLine extends Error {
  constructor(readonly line: number) {
    super(`line ${line}`);
  }
}

export interface Row {
  line: number;
  values: number[];
}

const SEPARATORS = [/\s*[;\t]\s*/, /\s+/, /\s*,\s*/];
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;

/**
 * So many numbers of every line, between them a semicolon, tab, spaces or a comma.
 *
 * Between anything but a comma numbers may have a decimal comma. Empty lines do not count, and the
 * first line may name the columns. Throws `WrongLine`.
 */
export function parseRows(text: string, columns: number): Row[] {
  const rows: Row[] = [];
  text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/).forEach((whole, i) => {
    const line = whole.trim().replaceAll("−", "-");
    if (!line) return;
    const values = parseLine(line, columns);
    if (values) rows.push({ line: i + 1, values });
    else if (rows.length || /^[\d.,+-]/.test(line)) throw new WrongLine(i + 1);
  });
  return rows;
}

function parseLine(line: string, columns: number): number[] | null {
  for (const separator of SEPARATORS) {
    const parts = line.split(separator);
    const decimal = separator === SEPARATORS[2] ? (part: string) => part : (part: string) => part.replace(",", ".");
    if (parts.length !== columns || !parts.every((part) => NUMBER.test(part) && !part.endsWith(","))) continue;
    const values = parts.map((part) => Number(decimal(part)));
    if (values.every(Number.isFinite)) return values;
  }
  return null;
}

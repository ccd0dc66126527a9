/** Colours of the style sheet on a canvas. */
import { useEffect, useReducer } from "preact/hooks";
import { colour } from "../chart";

type Rgb = [number, number, number];

/** A colour of the style sheet, written #rgb or #rrggbb there. */
export function rgb(name: string): Rgb {
  const hex = colour(name).slice(1);
  const pairs = hex.length === 3 ? [...hex].map((d) => d + d) : hex.match(/../g)!;
  return pairs.slice(0, 3).map((d) => parseInt(d, 16)) as Rgb;
}

/** A picture of side × side values in [−1, 1]: at the ends the two colours, in the middle the paper. */
export function picture(values: ArrayLike<number>, side: number, low: Rgb, paper: Rgb, high: Rgb): ImageData {
  const made = new ImageData(side, side);
  for (let i = 0; i < values.length; i++) {
    const v = Math.max(-1, Math.min(1, values[i]!));
    const [end, share] = [v < 0 ? low : high, Math.abs(v)];
    for (let c = 0; c < 3; c++) made.data[4 * i + c] = paper[c]! + share * (end[c]! - paper[c]!);
    made.data[4 * i + 3] = 255;
  }
  return made;
}

/** Draws once more when the colours change. */
export function useTheme(): void {
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const next = () => again(0);
    dark.addEventListener("change", next);
    addEventListener("fclab-theme", next);
    return () => {
      dark.removeEventListener("change", next);
      removeEventListener("fclab-theme", next);
    };
  }, []);
}

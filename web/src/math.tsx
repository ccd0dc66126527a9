/** Formulas as MathML: numbers in the language of the page, identifiers, sums and fractions. */
import type { ComponentChildren } from "preact";
import { number } from "./words";

/** A formula of its own line, as wide as it is. */
export function Formula({ children }: { children: ComponentChildren }) {
  return (
    <div class="formula" tabIndex={0}>
      <math display="block"><mrow>{children}</mrow></math>
    </div>
  );
}

export const I = ({ children }: { children: string }) => <mi>{children}</mi>;
export const O = ({ children }: { children: string }) => <mo>{children}</mo>;
/** A number; a negative one in brackets where it follows an operator. */
export function N({ value, digits = 4, after = false }: { value: number; digits?: number; after?: boolean }) {
  const text = <mn>{number(value, digits)}</mn>;
  return after && value < 0 ? <mrow><O>(</O>{text}<O>)</O></mrow> : text;
}
/** A name with an index. */
export const At = ({ of, at }: { of: string; at: string | number }) => (
  <msub><mi>{of}</mi>{typeof at === "number" ? <mn>{at}</mn> : <mi>{at}</mi>}</msub>
);
/** The sum over an index from 1. */
export const Sum = ({ over, to }: { over: string; to: number }) => (
  <munderover><mo>∑</mo><mrow><mi>{over}</mi><mo>=</mo><mn>1</mn></mrow><mn>{to}</mn></munderover>
);
/** ∂L/∂(a name with an index). */
export const Slope = ({ of, at }: { of: string; at: string | number }) => (
  <mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mo>∂</mo><At of={of} at={at} /></mrow></mfrac>
);

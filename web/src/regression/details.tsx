/** Formulas with their present values, the check of the gradients, and the neurons one by one. */
import { useState } from "preact/hooks";
import { change, state } from "../address";
import { Card, Slider } from "../controls";
import { At, Formula, I, N, O, Slope, Sum } from "../math";
import type { Tensor } from "../socket";
import { number, t } from "../words";
import type { Data } from "./fit";
import { gradientsOf, hinges, parts, type Weights } from "./network";

const TASK = "regression";

interface Shown {
  data: Data;
  weights: Weights;
  activation: string;
}

export function Formulas({ data, weights, activation, lr }: Shown & { lr: number }) {
  const all = parts(weights);
  const count = all.w.length;
  const unit = Math.min(state(TASK).unit as number, count);
  const [w, b, v] = [all.w[unit - 1]!, all.b[unit - 1]!, all.v[unit - 1]!];
  const found = gradientsOf(weights, activation, unit, data.x, data.y);
  const n = data.x.length;
  const error = <><O>(</O><At of="ŷ" at="i" /><O>−</O><At of="y" at="i" /><O>)</O></>;
  const phi = <><I>φ</I><O>(</O><N value={w} /><O>·</O><At of="x" at="i" /><O>{b < 0 ? "−" : "+"}</O><N value={Math.abs(b)} /><O>)</O></>;
  const slope = <><msup><I>φ</I><O>′</O></msup><O>(</O><N value={w} /><O>·</O><At of="x" at="i" /><O>{b < 0 ? "−" : "+"}</O><N value={Math.abs(b)} /><O>)</O></>;
  const step = (of: string, value: number, by: number) => (
    <Formula>
      <At of={of} at={unit} /><O>←</O><At of={of} at={unit} /><O>−</O><I>η</I><Slope of={of} at={unit} />
      <O>=</O><N value={value} digits={6} /><O>−</O><N value={lr} /><O>·</O><N value={by} after />
      <O>=</O><N value={value - lr * by} digits={6} />
    </Formula>
  );
  return (
    <Card title={t("regression.formulas")} wide>
      <div class="columns">
        <div>
          <Formula>
            <I>ŷ</I><O>(</O><I>x</I><O>)</O><O>=</O><Sum over="j" to={count} /><At of="v" at="j" /><I>φ</I>
            <O>(</O><At of="w" at="j" /><I>x</I><O>+</O><At of="b" at="j" /><O>)</O><O>+</O><I>c</I>
            <O>,</O><I>c</I><O>=</O><N value={all.c} />
          </Formula>
          <Activation name={activation} />
          <Formula>
            <I>L</I><O>=</O><Sum over="i" to={n} /><msup><mrow>{error}</mrow><mn>2</mn></msup><O>=</O><N value={found.loss} />
            <O>=</O><N value={n} /><O>·</O><N value={found.loss / n} />
          </Formula>
        </div>
        <div>
          <Slider task={TASK} field="unit" most={count} />
          <Formula>
            <Slope of="v" at={unit} /><O>=</O><Sum over="i" to={n} /><mn>2</mn>{error}{phi}<O>=</O><N value={found.v} />
          </Formula>
          <Formula>
            <Slope of="w" at={unit} /><O>=</O><Sum over="i" to={n} /><mn>2</mn>{error}<O>·</O><N value={v} after /><O>·</O>{slope}<At of="x" at="i" /><O>=</O><N value={found.w} />
          </Formula>
          <Formula>
            <Slope of="b" at={unit} /><O>=</O><Sum over="i" to={n} /><mn>2</mn>{error}<O>·</O><N value={v} after /><O>·</O>{slope}<O>=</O><N value={found.b} />
          </Formula>
          {step("v", v, found.v)}
          {step("w", w, found.w)}
          {step("b", b, found.b)}
        </div>
      </div>
    </Card>
  );
}

function Activation({ name }: { name: string }) {
  const value = {
    relu: <><I>max</I><O>(</O><mn>0</mn><O>,</O><I>z</I><O>)</O></>,
    sigmoid: <mfrac><mn>1</mn><mrow><mn>1</mn><O>+</O><msup><I>e</I><mrow><O>−</O><I>z</I></mrow></msup></mrow></mfrac>,
    tanh: <><I>tanh</I><I>z</I></>,
  }[name];
  return <Formula><I>φ</I><O>(</O><I>z</I><O>)</O><O>=</O>{value}</Formula>;
}

export interface Checked {
  name: string;
  size: number;
  where: Tensor;
  formula: Tensor;
  differences: Tensor;
  smooth: Tensor;
  difference: number;
}

const LETTERS: Record<string, string> = { "fc1.weight": "w", "fc1.bias": "b", "fc2.weight": "v", "fc2.bias": "c" };

export function GradientCheck({ checked, step }: { checked: Checked[]; step: number }) {
  const bends = checked.reduce((sum, one) => sum + Array.from(one.smooth.data).filter((is) => !is).length, 0);
  return (
    <Card title={t("regression.check")} wide>
      <p>{t("regression.check_about", { step })}</p>
      <div class="check-scroll" tabIndex={0} role="group" aria-label={t("regression.check")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("regression.derivative")}</th>
              <th scope="col" class="number">{t("regression.by_formula")}</th>
              <th scope="col" class="number">{t("regression.by_differences")}</th>
              <th scope="col" class="number">{t("regression.relative")}</th>
            </tr>
          </thead>
          <tbody>
            {checked.flatMap((one) => {
              const places = Array.from(one.where.data, (_, k) => k).filter((k) => one.smooth.data[k]);
              places.sort((a, b) => Math.abs(one.formula.data[b]!) - Math.abs(one.formula.data[a]!));
              return places.slice(0, 2).map((k, row) => (
                <tr key={`${one.name}${k}`}>
                  <th scope="row">∂L/∂{LETTERS[one.name]}{one.size > 1 && <sub>{one.where.data[k]! + 1}</sub>}</th>
                  <td class="number">{number(one.formula.data[k]!, 7)}</td>
                  <td class="number">{number(one.differences.data[k]!, 7)}</td>
                  <td class="number">
                    {row === 0 && t("regression.of_entries", { difference: number(one.difference, 2), n: one.where.data.length })}
                  </td>
                </tr>
              ));
            })}
          </tbody>
        </table>
      </div>
      {bends > 0 && <small>{t("regression.check_bends", { n: bends })}</small>}
    </Card>
  );
}

export function Bends({ data, weights, activation }: Shown) {
  const [open, setOpen] = useState(false);
  const all = hinges(weights, activation);
  const [low, high] = [data.grid[0]!, data.grid.at(-1)!];
  const inside = all.filter(({ x }) => x >= low && x <= high).length;
  const kind = activation === "relu" ? "bends" : "centres";
  return (
    <>
      <p>{t(`regression.${kind}`, { n: inside, all: all.length })}</p>
      <details onToggle={(e) => setOpen(e.currentTarget.open)}>
        <summary>{t("regression.one_by_one")}</summary>
        {open && (
          <div class="check-scroll" tabIndex={0} role="group" aria-label={t("regression.one_by_one")}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("regression.neuron")}</th>
                  <th scope="col" class="number">x</th>
                  <th scope="col" class="number">{t(`regression.change_${kind}`)}</th>
                </tr>
              </thead>
              <tbody>
                {all.sort((a, b) => Math.abs(b.change) - Math.abs(a.change)).map((bend) => (
                  <tr key={bend.unit}>
                    <th scope="row">
                      <button type="button" aria-pressed={bend.unit === state(TASK).unit} onClick={() => change(TASK, { unit: bend.unit })}>
                        {bend.unit}
                      </button>
                    </th>
                    <td class="number">{number(bend.x)}</td>
                    <td class="number">{number(bend.change)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </details>
    </>
  );
}

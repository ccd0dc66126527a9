"""From the move of a slider to the picture: part 1 of `fclab web` at the lab's 50 000 steps.

    python benchmarks/web_latency.py

Starts the server and a Chromium without a window, and moves the sliders of part 1 (hidden neurons,
learning rate, noise) 200 times, each time to a state that was not there before. Of every move: the
milliseconds from the input event to the browser having painted the first frame of the new training
(10 000 steps) and the whole fit (all steps), told by the page's own clock after the frame in which
it was drawn. Beside it the training alone, without a page. Writes
benchmarks/results/web_latency.json with machine, versions and how busy the machine was.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import quantiles

from fclab.data import regression_curve
from fclab.engines import train
from fclab.values.recipe import REGRESSION
from measure import circumstances, load_average, seconds_of

RESULTS = Path(__file__).parent / "results" / "web_latency.json"
SWITCHES = ["--no-sandbox", "--disable-quic", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
STEPS = "50,000"

MOVES = """async ([moves, seed]) => {
  const sliders = [...document.querySelectorAll('input[type=range]')];
  const [hidden, lr, , noise] = sliders;
  const status = document.querySelector('section p[role=status]');
  let state = seed;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const between = (low, high) => low + random() * (high - low);
  const ways = [
    ['hidden', hidden, () => Math.round(between(16, 64))],
    ['lr', lr, () => between(-5, -3.3)],
    ['noise', noise, () => between(0.01, 0.3)],
  ];
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(0);
  }));
  const told = [];
  for (let k = 0; k < moves; k++) {
    const [name, slider, value] = ways[k % ways.length];
    const before = slider.value;
    const least = name === 'lr' ? 0.05 : 0.009; // the page rounds rates to two digits
    do slider.value = value(); while (Math.abs(slider.value - before) < least);
    const found = await new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error('no fit after 20 s')), 20000);
      let first = null;
      const start = performance.now();
      const watch = new MutationObserver(() => {
        const whole = status.textContent.includes('After STEPS ');
        if (first === null) first = painted();
        if (!whole) return;
        watch.disconnect();
        clearTimeout(late);
        Promise.all([first, painted()]).then(([a, b]) => done([a - start, b - start]));
      });
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      watch.observe(status, { childList: true, characterData: true, subtree: true });
    });
    told.push([name, ...found]);
    await new Promise((go) => setTimeout(go, 120));
  }
  return told;
}""".replace("STEPS", STEPS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chrome"))
    given = parser.parse_args()
    before = load_average()
    alone = engine_alone(21)
    version, told = moved(given.moves, given.chromium)
    kinds = sorted({name for name, *_ in told})
    result = {
        "moves": len(told),
        "first_frame_ms": shares([first for _, first, _ in told]),
        "whole_fit_ms": shares([whole for _, _, whole in told]),
        "whole_fit_ms_by_slider": {
            kind: shares([whole for name, _, whole in told if name == kind]) for kind in kinds
        },
        "training_alone_ms": shares([1000 * one for one in alone]),
        "chromium": version,
        "load_before": before,
        "load_after": load_average(),
        **circumstances("web_latency"),
    }
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for name in ("training_alone_ms", "first_frame_ms", "whole_fit_ms"):
        print(f"{name:20} {result[name]}")
    print("load", before, load_average())


def shares(values: list[float]) -> dict[str, float]:
    """Median and 95th percentile, least and greatest."""
    cuts = quantiles(values, n=20, method="inclusive")
    found = {"p50": cuts[9], "p95": cuts[18], "least": min(values), "greatest": max(values)}
    return {name: round(value, 1) for name, value in found.items()}


def engine_alone(repeats: int) -> list[float]:
    """Seconds of the lab's training in this process, with its data."""

    def once(seed: int) -> None:
        list(train(regression_curve(seed=seed), [REGRESSION], [0]))

    once(0)
    return [seconds_of(lambda seed=seed: once(seed)) for seed in range(repeats)]


def moved(moves: int, chromium: str | None) -> tuple[str, list[tuple[str, float, float]]]:
    """Chromium's version; of every move the slider and the milliseconds of both pictures."""
    from playwright.sync_api import sync_playwright

    environment = {**os.environ, "FCLAB_LANG": "en", "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(
        [sys.executable, "-m", "fclab", "web", "--no-open", "--port", "0", "--lang", "en"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", env=environment,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        address = next(
            found[0] for line in server.stdout if (found := re.search(r"http://\S+/", line))
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{address}#v=1&part=regression&lang=en")
            page.get_by_text(f"After {STEPS} steps").first.wait_for(timeout=120_000)
            page.evaluate(MOVES, [10, 7])  # warm
            return browser.version, [tuple(one) for one in page.evaluate(MOVES, [moves, 12345])]
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()

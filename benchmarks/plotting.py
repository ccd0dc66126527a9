"""Which plotting library draws the figure of part 1 of `fclab web` fastest, in Chromium.

    npm install --prefix /tmp/plotting uplot@1.6.32 @observablehq/plot@0.6.17 d3@7.9.0
    python benchmarks/plotting.py --libraries /tmp/plotting/node_modules

The figure: 500 points, the curve (dashed) and the fit, each at 756 places, axes and grid, 800 × 380
pixels. It is redrawn 200 times by uPlot, Observable Plot, d3 (SVG whose marks are updated) and a
plain canvas (no axes: the least that drawing costs), the libraries in turn, once with a new fit
alone, once with new points too. Of each redraw: milliseconds from its begin to the frame being
painted, script, style, layout and painting included. Writes benchmarks/results/plotting.json.
"""

import argparse
import json
import shutil
from pathlib import Path
from statistics import quantiles

from measure import circumstances, load_average

RESULTS = Path(__file__).parent / "results" / "plotting.json"
FILES = {
    "uPlot": "uplot/dist/uPlot.iife.min.js",
    "d3": "d3/dist/d3.min.js",
    "Observable Plot": "@observablehq/plot/dist/plot.umd.min.js",
}
SWITCHES = ["--no-sandbox", "--disable-quic", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip

PAGE = r"""
const [W, H, N] = [800, 380, 756];
const host = document.body.appendChild(document.createElement('div'));
const x = Array.from({ length: N }, (_, i) => i / (N - 1) - 0.5);
const px = Array.from({ length: 500 }, (_, i) => Math.floor(i / 5) / 100 - 0.5);
const curve = x.map((at) => 1 / (1 + Math.exp(-10 * at)));
const noisy = (k) => px.map((at, i) => 1 / (1 + Math.exp(-10 * at)) + 0.05 * Math.sin(i * 12.9898 + k));
const fitted = (k) => x.map((at) => 1 / (1 + Math.exp(-(8 + 4 * Math.sin(k / 9)) * at)));
const makers = {
  'uPlot': () => {
    const place = px.map((at) => Math.round((at + 0.5) * (N - 1)));
    const xs = [], from = [];
    x.forEach((at, i) => {
      xs.push(at); from.push([i, -1]);
      place.forEach((p, j) => { if (p === i) { xs.push(at); from.push([i, j]); } });
    });
    const data = (k, p) => [xs, from.map(([, j]) => (j < 0 ? null : p[j])),
      from.map(([i]) => curve[i]), (() => { const f = fitted(k); return from.map(([i]) => f[i]); })()];
    const plot = new uPlot({
      width: W, height: H, scales: { x: { time: false }, y: { range: [-0.3, 1.2] } }, legend: { show: false },
      series: [{}, { paths: () => null, points: { show: true, size: 4, fill: '#888', width: 0 } },
        { stroke: '#000', dash: [6, 4], width: 2 }, { stroke: '#1d4ed8', width: 3 }],
    }, data(0, noisy(0)), host);
    return [(k, p) => plot.setData(data(k, p)), () => plot.destroy()];
  },
  'Observable Plot': () => {
    let node = null;
    return [(k, p) => {
      const f = fitted(k);
      const made = Plot.plot({
        width: W, height: H, grid: true, y: { domain: [-0.3, 1.2] },
        marks: [
          Plot.dot(px, { x: px, y: p, r: 2, fill: '#888' }),
          Plot.lineY(curve, { x, y: curve, strokeDasharray: '6 4' }),
          Plot.lineY(f, { x, y: f, stroke: '#1d4ed8', strokeWidth: 3 }),
        ],
      });
      if (node) node.replaceWith(made); else host.append(made);
      node = made;
    }, () => node.remove()];
  },
  'd3': () => {
    const [sx, sy] = [d3.scaleLinear([-0.5, 0.5], [50, W - 10]), d3.scaleLinear([-0.3, 1.2], [H - 40, 10])];
    const svg = d3.select(host).append('svg').attr('width', W).attr('height', H);
    svg.append('g').attr('transform', `translate(0,${H - 40})`).call(d3.axisBottom(sx).tickSizeInner(50 - H));
    svg.append('g').attr('transform', 'translate(50,0)').call(d3.axisLeft(sy).tickSizeInner(60 - W));
    const dots = svg.append('g').attr('fill', '#888').selectAll('circle').data(px).join('circle')
      .attr('r', 2).attr('cx', sx);
    const line = d3.line((v, i) => sx(x[i]), (v) => sy(v));
    svg.append('path').attr('fill', 'none').attr('stroke', '#000').attr('stroke-dasharray', '6 4').attr('d', line(curve));
    const fit = svg.append('path').attr('fill', 'none').attr('stroke', '#1d4ed8').attr('stroke-width', 3);
    let last = null;
    return [(k, p) => {
      if (p !== last) dots.data(p).attr('cy', sy);
      last = p;
      fit.attr('d', line(fitted(k)));
    }, () => svg.remove()];
  },
  'plain canvas': () => {
    const canvas = host.appendChild(document.createElement('canvas'));
    [canvas.width, canvas.height] = [W, H];
    const c = canvas.getContext('2d');
    const [sx, sy] = [(v) => 50 + (v + 0.5) * (W - 60), (v) => H - 40 - (v + 0.3) / 1.5 * (H - 50)];
    const path = (ys) => { c.beginPath(); ys.forEach((v, i) => c.lineTo(sx(x[i]), sy(v))); c.stroke(); };
    return [(k, p) => {
      c.clearRect(0, 0, W, H);
      c.fillStyle = '#888';
      p.forEach((v, i) => { c.beginPath(); c.arc(sx(px[i]), sy(v), 2, 0, 7); c.fill(); });
      c.strokeStyle = '#000'; c.lineWidth = 2; c.setLineDash([6, 4]); path(curve);
      c.strokeStyle = '#1d4ed8'; c.lineWidth = 3; c.setLineDash([]); path(fitted(k));
    }, () => canvas.remove()];
  },
};
window.measure = async (name, times, points) => {
  const [draw, remove] = makers[name]();
  const told = [];
  const first = noisy(0);
  for (let k = 0; k < times + 10; k++) {
    const p = points ? noisy(k) : first;
    const one = await new Promise((done) => requestAnimationFrame(() => {
      const start = performance.now();
      draw(k, p);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => done(performance.now() - start);
      requestAnimationFrame(() => 0);
      channel.port2.postMessage(0);
    }));
    if (k >= 10) told.push(one);
  }
  remove();
  return told;
};
"""  # noqa: E501


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libraries", type=Path, required=True, help="a folder node_modules")
    parser.add_argument("--redraws", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chrome"))
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    before = load_average()
    names = ["uPlot", "Observable Plot", "d3", "plain canvas"]
    found = {kind: {name: [] for name in names} for kind in ("new_fit", "new_fit_and_points")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=SWITCHES)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_content("<!doctype html><title>figure</title>")
        for file in ("d3", "Observable Plot", "uPlot"):
            page.add_script_tag(path=given.libraries / FILES[file])
        page.add_script_tag(content=PAGE)
        each = given.redraws // given.rounds
        for _ in range(given.rounds):
            for kind, of in found.items():
                for name in names:
                    asked = [name, each, kind == "new_fit_and_points"]
                    of[name] += page.evaluate("(asked) => window.measure(...asked)", asked)
        version = browser.version
    packages = [given.libraries / FILES[name].rsplit("/dist", 1)[0] / "package.json"
                for name in FILES]  # fmt: skip
    result = {
        "redraws": given.redraws,
        **{kind: {name: shares(of[name]) for name in names} for kind, of in found.items()},
        "versions": {p.parent.name: json.loads(p.read_text("utf-8"))["version"] for p in packages},
        "kilobytes": {name: round((given.libraries / FILES[name]).stat().st_size / 1000, 1)
                      for name in FILES},
        "chromium": version,
        "load_before": before,
        "load_after": load_average(),
        **circumstances("plotting", node_modules=given.libraries),
    }  # fmt: skip
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for kind in found:
        for name in names:
            print(f"{kind:20} {name:16} {result[kind][name]}")


def shares(values: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    cuts = quantiles(values, n=20, method="inclusive")
    return {"p50": round(cuts[9], 2), "p95": round(cuts[18], 2)}


if __name__ == "__main__":
    main()

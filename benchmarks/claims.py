"""Are honest courses left in peace, and are invented tables found?

    python benchmarks/claims_pool.py --data FOLDER     first: the trainings
    python benchmarks/claims.py                        a few minutes on one core

Honest rows are real single runs of the pool, from seeds that the check does not see: as they are,
the best of ten, at the best epoch, and the best of ten at its best epoch; rounded to whole
percents, cut off to them, or with two digits; stopped at four epochs; and runs of the lab's own
loop in PyTorch. The check sees 16 other runs, drawn anew for every judgement, and 32 where a row
looks suspicious. Courses of 300 rows are resampled from these rows.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cyclopts
import numpy as np
from scipy import stats

import claims_pool
import measure
from fclab.course.judging.check import SUSPICIOUS
from fclab.course.judging.judge import LEVEL, OF_A_ROW
from fclab.course.judging.predictive import Part, p_values, predictions
from fclab.course.judging.traces import Traces
from fclab.course.values import Figure
from fclab.data.location import cache_dir
from fclab.statistics import holm
from fclab.values.files import write_atomic

RESULT = Path(__file__).parent / "results" / "claims.json"
HABITS = ("single", "best_of_10", "best_epoch", "best_of_10_at_best_epoch")
WRITTEN = ("whole", "cut", "hundredths")
ROWS = 300
SHARES = (0.25, 0.5, 0.75, 1.0)
IMAGES = (300, 1500)


@dataclass(frozen=True, eq=False)
class Cell:
    """Runs of one recipe of one variant, and those that check it (the same, or the engine's)."""

    variant: int
    setting: str
    epochs: int
    students: claims_pool.Kept
    checkers: claims_pool.Kept
    apart: bool

    def drawn(self, rng: np.random.Generator) -> tuple[np.ndarray, list[Traces]]:
        """Seeds of students, and the traces of 16 and of 32 runs that check them."""
        order = rng.permutation(len(self.checkers.test))
        check, rest = order[:32], order[32:]
        both = [self._traces(check[:16]), self._traces(check)]
        return (np.arange(len(self.students.test)) if self.apart else rest), both

    def _traces(self, seeds: np.ndarray) -> Traces:
        test, train = (
            values[seeds, : self.epochs] for values in (self.checkers.test, self.checkers.train)
        )
        return Traces(test, train, 100 - test, 0, IMAGES, 3)


def figure(value: float, written: str) -> Figure:
    """A figure as it is written."""
    if written == "hundredths":
        return Figure(value=round(value, 2), decimals=2, text="")
    whole = np.floor(value + 1e-9) if written == "cut" else np.floor(value + 0.5)
    return Figure(value=min(100.0, float(whole)), decimals=0, text="")


def honest(
    cell: Cell, seeds: np.ndarray, habit: str, rng: np.random.Generator
) -> Iterator[tuple[float, float]]:
    """Test and train accuracy of honest rows, one for every seed."""
    test, train = cell.students.test[:, : cell.epochs], cell.students.train[:, : cell.epochs]
    at = test.argmax(axis=1) if habit.endswith("best_epoch") else np.full(len(test), -1)
    shown = np.arange(len(test))
    for seed in seeds:
        one = seed
        if habit.startswith("best_of_10"):
            group = rng.choice(seeds, min(10, len(seeds)), replace=False)
            one = group[test[shown[group], at[group]].argmax()]
        yield float(test[one, at[one]]), float(train[one, at[one]])


def judge(both: list[dict], claimed: dict[Part, Figure]) -> dict[Part, float]:
    """The p-values of a row as the check has them."""
    p = p_values(both[0], claimed)
    return p_values(both[1], claimed) if min(p.values()) < SUSPICIOUS else p


def far(predicted: dict, test: float, train: float) -> bool:
    """Whether a row may have a p-value below 0.001; all others have not."""
    return any(
        abs(value - predicted[part].end.mean) > 2.5 * predicted[part].end.scale
        for part, value in (("test", test), ("train", train))
    )


def cells(variants: int, data: Path | None, folder: Path) -> tuple[list[Cell], list[Cell]]:
    """Those of the engine's runs, and those of the lab's own loop."""
    own, loop = [], []
    for number in range(1, variants + 1):
        for setting, recipe in claims_pool.SETTINGS.items():
            kept = claims_pool.pool(number, setting, data, folder)
            own += [Cell(number, setting, round(recipe.epochs * share), kept, kept, False)
                    for share in SHARES]  # fmt: skip
        if number <= claims_pool.LOOP_VARIANTS:
            base = claims_pool.pool(number, "base", data, folder)
            theirs = claims_pool.loops(number, data, folder)
            loop += [Cell(number, "base", epochs, theirs, base, True)
                     for epochs in (10, 20, 30, claims_pool.LOOP_EPOCHS)]  # fmt: skip
    return own, loop


def bank(some: list[Cell], habit: str, draws: int, rng: np.random.Generator) -> dict:
    """Least p-values of honest rows, and how many are unusual. A row near the mean counts as 1."""
    least, unusual, asked = [], 0, 0
    for cell in some:
        for draw in range(draws):
            seeds, traces = cell.drawn(rng)
            both = [predictions(one) for one in traces]
            for k, (test, train) in enumerate(honest(cell, seeds, habit, rng)):
                written = WRITTEN[k % 3]
                claimed: dict[Part, Figure] = {
                    "test": figure(test, written), "train": figure(train, written),
                }  # fmt: skip
                if draw == 0 and k < 6:
                    asked += 1
                    unusual += not all(
                        both[0][part].is_usual(claimed[part], best_epoch=False) for part in claimed
                    )
                if far(both[0], test, train):
                    least.append(min(judge(both, claimed).values()))
                else:
                    least.append(1.0)
    return {"p": np.array(least), "unusual": share(unusual, asked)}


def share(count: int, n: int) -> dict[str, float | int]:
    """A count as a percentage with its exact 95 % binomial interval."""
    interval = stats.binomtest(count, n).proportion_ci(0.95, method="exact")
    return {
        "count": count, "n": n, "percent": round(100 * count / n, 3),
        "low_percent": round(100 * float(interval.low), 3),
        "high_percent": round(100 * float(interval.high), 3),
    }  # fmt: skip


def accused(p: np.ndarray) -> bool:
    """Whether an honest course, whose rows have these least p-values, holds a row that is not
    reproducible; the other figure of every row is in the family too."""
    every = np.concatenate([p, np.ones(len(p))])
    return bool(((holm(every) < LEVEL) & (every < OF_A_ROW)).any())


def courses(p: np.ndarray, number: int, rng: np.random.Generator) -> dict:
    """False alarms of resampled courses; and of rows, with what that is for 300 of them."""
    beyond = int((p < LEVEL / (2 * ROWS)).sum())
    rows = share(beyond, len(p))
    small = p < OF_A_ROW
    hits = 0
    for _ in range(number):
        drawn = rng.integers(0, len(p), ROWS)
        hits += bool(small[drawn].any()) and accused(p[drawn])
    upper = 1 - (1 - rows["high_percent"] / 100) ** ROWS
    return {"courses": share(hits, number), "rows_beyond": rows,
            "at_most_percent_of_courses": round(100 * upper, 2)}  # fmt: skip


def power(some: list[Cell], kind: str, students: int, rng: np.random.Generator) -> dict:
    """How much is found of students with nine invented rows in a course of 300."""
    pool = {(c.variant, c.setting, c.epochs): c for c in some}
    variants = sorted({c.variant for c in some})
    rows, found, unusual = 0, 0, 0
    caught = 0
    for _ in range(students):
        number = int(rng.choice(variants))
        mine = [c for c in some if c.variant == number]
        other = int(rng.choice([v for v in variants if v != number]))
        of_student = []
        for k in rng.choice(len(mine), 9, replace=False):
            cell = mine[k]
            seeds, traces = cell.drawn(rng)
            source = cell if kind != "copied" else pool[other, cell.setting, cell.epochs]
            one = rng.choice(seeds)
            test, train = (float(v[one, cell.epochs - 1])
                           for v in (source.students.test, source.students.train))  # fmt: skip
            test = min(100.0, test + (0 if kind == "copied" else float(kind)))
            written = str(rng.choice(WRITTEN))
            claimed: dict[Part, Figure] = {
                "test": figure(test, written), "train": figure(train, written),
            }  # fmt: skip
            both = [predictions(t) for t in traces]
            of_student.append(judge(both, claimed))
            rows += 1
            unusual += not all(
                both[0][part].is_usual(claimed[part], best_epoch=False) for part in claimed
            )
        every = np.array([p for row in of_student for p in row.values()])
        family = np.concatenate([every, np.ones(2 * ROWS - len(every))])
        beyond = ((holm(family) < LEVEL) & (family < OF_A_ROW))[: len(every)].reshape(9, 2)
        found += int(beyond.any(axis=1).sum())
        caught += bool(beyond.any())
    return {"rows_not_reproducible": share(found, rows), "rows_unusual": share(unusual, rows),
            "students_with_such_a_row": share(caught, students)}  # fmt: skip


def tails(kept: claims_pool.Kept, rng: np.random.Generator) -> dict:
    """How often 2000 real runs of one recipe are beyond a predicted p, of checks with 16 runs."""
    from fclab.course.judging.predictive import student

    found = {}
    for level in (0.05, 0.01, 0.001, 0.0001):
        high = low = n = 0
        for _ in range(100):
            order = rng.permutation(len(kept.test))
            values = kept.test[:, -1]
            one = student(values[order[:16]], "test", 300)
            rest = values[order[16:]]
            z = (rest - one.mean) / one.scale
            high += int((z > stats.t.isf(level / 2, one.df)).sum())
            low += int((z < stats.t.ppf(level / 2, one.df)).sum())
            n += len(rest)
        found[str(level)] = {"above_percent": round(100 * high / n, 4),
                             "below_percent": round(100 * low / n, 4)}  # fmt: skip
    return {"runs": len(kept.test), "checks": 100, "two_sided_levels": found}


def spread(some: list[Cell]) -> dict:
    """Variance over seeds as a share of the binomial variance: what `PRIOR` stands for."""
    found = {}
    for part, images in zip(("test", "train"), IMAGES, strict=True):
        ratios = []
        for cell in some:
            values = getattr(cell.students, part)[:, cell.epochs - 1]
            p = values.mean() / 100
            ratios.append(values.var(ddof=1) / (1e4 * p * (1 - p) / images))
        logs = np.log(ratios)
        found[part] = {
            "median": round(float(np.median(ratios)), 3),
            "tenth": round(float(np.quantile(ratios, 0.1)), 3),
            "nine_tenths": round(float(np.quantile(ratios, 0.9)), 3),
            "degrees_of_freedom": round(2 / float(logs.var()), 1),
        }
    return found


def main(
    *,
    data: Path | None = None,
    variants: int = 20,
    draws: int = 3,
    number: int = 20_000,
    students: int = 150,
    kept: Path | None = None,
    out: Path = RESULT,
) -> None:
    """Judge, resample, and write the result with its circumstances.

    Args:
        data: folder or archive of CIFAR-100, where the pool is not whole.
        variants: how many variants' classes.
        draws: checks of every recipe, each by other runs.
        number: resampled courses of every habit.
        students: who invent their tables, of each kind.
        kept: where the pool is; default: fclab's cache.
        out: where the JSON goes.
    """
    started, rng = time.perf_counter(), np.random.default_rng(19)
    folder = kept or cache_dir() / "claims"
    own, loop = cells(variants, data, folder)
    banks = {habit: bank(own, habit, draws, rng) for habit in HABITS}
    banks["lab_loop"] = bank(loop, "single", 4 * draws, rng)
    mixed = np.concatenate([banks[habit]["p"] for habit in HABITS])
    record = {
        "what": "honest courses of 300 rows: how often a row is called not reproducible; and how "
        "many invented rows are",
        "rows": ROWS, "level": LEVEL, "check_seeds": [16, 32],
        "variants": variants, "settings": list(claims_pool.SETTINGS),
        "runs_of_a_recipe": claims_pool.SEEDS,
        "honest": {
            **{name: {**courses(one["p"], number, rng), "unusual_rows": one["unusual"]}
               for name, one in banks.items()},
            "all_habits_mixed": courses(mixed, number, rng),
        },
        "power": {
            **{f"+{points}": power(own, str(points), students, rng) for points in (3, 5, 10)},
            "copied": power(own, "copied", students, rng),
        },
        "tails": tails(claims_pool.tail(data, folder), rng),
        "spread": spread(own),
        "spread_of": "intervals: 95 %, Clopper and Pearson's; rows of one check share its runs",
        "seconds": round(time.perf_counter() - started, 1),
        "load": measure.load_average(),
        **measure.circumstances("claims", kept=folder),
    }  # fmt: skip
    write_atomic(out, json.dumps(record, indent=1) + "\n")
    print(json.dumps(record["honest"], indent=1))
    print(json.dumps(record["power"], indent=1))
    print(record["tails"], record["spread"], record["seconds"])


if __name__ == "__main__":
    cyclopts.run(main)

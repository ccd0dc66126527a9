"""Learning-rate schedules as pure functions: the lr of every iteration, known before training."""

from typing import Literal

import numpy as np

Schedule = Literal["constant", "step", "linear", "cosine", "one_cycle"]


def learning_rates(schedule: Schedule, lr: float, iterations: int) -> np.ndarray:
    """The learning rate of each iteration (float64, shape ``(iterations,)``).

    - ``constant``: lr all the way, as in the lab.
    - ``step``: lr, a tenth of it after half of the iterations, a hundredth after three quarters.
    - ``linear``: from lr down towards 0 in a straight line.
    - ``cosine``: from lr down towards 0 along half a cosine (Loshchilov & Hutter 2017, SGDR).
    - ``one_cycle``: up from lr/25 to lr in the first 30 %, then down to lr/250 000 along cosines
      (Smith & Topin 2018; the defaults of ``torch.optim.lr_scheduler.OneCycleLR``).
    """
    done = np.arange(iterations) / max(iterations, 1)
    match schedule:
        case "constant":
            factor = np.ones(iterations)
        case "step":
            factor = np.where(done < 0.5, 1.0, np.where(done < 0.75, 0.1, 0.01))
        case "linear":
            factor = 1.0 - done
        case "cosine":
            factor = (1.0 + np.cos(np.pi * done)) / 2
        case "one_cycle":
            factor = _one_cycle(iterations)
    return lr * factor


def _one_cycle(iterations: int, warm: float = 0.3, div: float = 25.0, final_div: float = 1e4):
    peak = max(warm * iterations - 1, 1.0)
    last = max(iterations - 1, peak + 1)
    step = np.arange(iterations)
    start, end = 1 / div, 1 / (div * final_div)
    up = start + (1 - start) * (1 - np.cos(np.pi * np.clip(step / peak, 0, 1))) / 2
    down = end + (1 - end) * (1 + np.cos(np.pi * (step - peak) / (last - peak))) / 2
    return np.where(step <= peak, up, down)

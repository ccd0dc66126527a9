"""`Claims` → `Checked`: every row trained again, and what a teacher wants to look at.

`check_course` is the use case; `predictive` the statistics of a row; `slips` what is found beside.
"""

from fclab.course.judging.check import check_course
from fclab.course.judging.judge import LEVEL, judged
from fclab.course.judging.plan import MOST_EPOCHS, MOST_WIDTH, MOST_WORK, Planned, planned
from fclab.course.judging.predictive import Prediction, predictions
from fclab.course.judging.traces import Traces

__all__ = [
    "LEVEL",
    "MOST_EPOCHS",
    "MOST_WIDTH",
    "MOST_WORK",
    "Planned",
    "Prediction",
    "Traces",
    "check_course",
    "judged",
    "planned",
    "predictions",
]

"""Submissions of students → `Claims`: what a report, a notebook or a table says, as written.

Nothing of a submission is executed, no link in it is followed, and every one is read in a process
of its own with bounds of time and memory.
"""

from fclab.course.reading.reader import MOST_SECONDS as MOST_SECONDS
from fclab.course.reading.reader import read_submissions as read_submissions

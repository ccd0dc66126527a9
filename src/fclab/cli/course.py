"""`fclab course`: its commands, each in a module of its own, which imports what it needs when it is
called."""

from cyclopts import App

from fclab.cli.course_atlas import atlas
from fclab.cli.course_check import check
from fclab.cli.course_feedback import feedback
from fclab.cli.course_init import init
from fclab.cli.course_marks import marks
from fclab.cli.course_questions import questions

course = App(
    name="course",
    help="For teachers of the lab: a roster becomes a course, submissions are checked, and it is "
    "said how hard every variant is, so that tasks and marks can be fair.",
)
course.command(atlas)
course.command(check)
course.command(feedback)
course.command(init)
course.command(marks)
course.command(questions)

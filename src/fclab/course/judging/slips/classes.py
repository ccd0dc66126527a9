"""Classes that are not those of the student's variant, and whose they would be."""

from fclab.course.values import Assignment, Claims, Course, Slip
from fclab.labs.lab1.variant import DEPARTMENTS, Department, Reading, readings, with_classes
from fclab.values.errors import UsageError


def other_classes(
    claims: Claims, course: Course | None = None, assignment: Assignment | None = None
) -> tuple[Slip, ...]:
    """Whether the stated classes are others than those of the assignment or, where there is none,
    than all that any year's rule makes of the stated group and variant.

    Args:
        claims: the classes and the numbers that it states.
        course: tells whose the classes are instead.
        assignment: of the student.
    """
    if claims.classes is None:
        return ()
    if assignment is not None:
        if set(claims.classes) == set(assignment.classes):
            return ()
        values = {"classes": claims.classes, "expected": assignment.classes}
        return (Slip(kind="other_classes", values={
            **values, **_rule(_numbers(claims, course, assignment), claims.classes),
            **_whose(claims.classes, course, assignment),
        }),)  # fmt: skip
    if claims.variant is None or not claims.group:
        return ()
    known = _readings(claims.group, claims.variant)
    if not known or with_classes(known, claims.classes):
        return ()
    return (Slip(kind="other_classes", values={"classes": claims.classes}),)


def _numbers(
    claims: Claims, course: Course | None, assignment: Assignment
) -> tuple[str | int, int] | None:
    """Group and variant, as the roster has them or as they are stated."""
    student = next((s for s in course.students if s.key == assignment.student), None) \
        if course else None  # fmt: skip
    variant = assignment.variant or (student.variant if student else None) or claims.variant
    group = (student.group if student else "") or claims.group or assignment.group
    return (group, variant) if group and variant else None


def _readings(group: str | int, variant: int) -> list[Reading]:
    """By the rules of all years and for all departments."""
    found: list[Reading] = []
    department: Department
    for department in DEPARTMENTS:
        try:
            found += readings(group, variant, department)
        except UsageError:
            return []
    return found


def _rule(numbers: tuple[str | int, int] | None, classes: tuple[int, ...]) -> dict[str, str | int]:
    """The rule that leads from the student's numbers to the classes, if one does."""
    if numbers is None:
        return {}
    for reading in with_classes(_readings(*numbers), classes):
        assert reading.variant is not None
        return {"scheme": reading.scheme.name, "group": reading.group,
                "department": reading.variant.department}  # fmt: skip
    return {}


def _whose(
    classes: tuple[int, ...], course: Course | None, assignment: Assignment
) -> dict[str, str]:
    for other in course.assignments if course else ():
        if other.student != assignment.student and set(other.classes) == set(classes):
            return {"student": other.student}
    return {}

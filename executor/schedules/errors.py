"""What can be wrong with schedules."""

from reliability.errors import InvalidInput, NotAllowed


class ScheduleInvalid(InvalidInput):
    """The schedule is not a good one."""

    # data["fields"]: {field: message}
    code = "schedule_invalid"


class TooManySchedules(NotAllowed):
    """The user has as many schedules as one may have."""

    code = "too_many_schedules"

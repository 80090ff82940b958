"""Files: written aside and renamed; tables read as they are."""

from poise.core.files.aside import (
    check_writable,
    is_of_disk,
    json_value,
    resolved,
    written,
    written_aside,
)

__all__ = ["check_writable", "is_of_disk", "json_value", "resolved", "written", "written_aside"]

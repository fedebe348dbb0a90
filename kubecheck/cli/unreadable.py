"""What is told of input that cannot be read: no check, for there is no object, but explained and listed like one."""

ID = "unreadable"
WHY = (
    "What cannot be read is not checked, and the rest is checked without it: kubectl refuses it too, or takes it for "
    "something else than was meant."
)
WAY_OUT = "Mend the text at this line, or leave the file out."

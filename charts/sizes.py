"""What pods of RevRx ask for, and may use at most."""

from constructs_revrx import Resources

SMALL = Resources(cpu=("100m", "500m"), memory=("256Mi", "1Gi"))
MEDIUM = Resources(cpu=("250m", "1000m"), memory=("512Mi", "2Gi"))

"""When a task was last sent or begun, and by which request: for tasks that Redis lost.

Only adds, with defaults: pods of the release before run on while this is done, and write rows without the columns.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("request_id", sa.Text()))
    op.add_column(
        "tasks", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
    )
    op.create_index("tasks_open", "tasks", ["changed_at"], postgresql_where=sa.text("status IN ('queued', 'running')"))


def downgrade() -> None:
    op.drop_index("tasks_open", "tasks")
    op.drop_column("tasks", "changed_at")
    op.drop_column("tasks", "request_id")

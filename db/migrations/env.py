"""What Alembic runs: the migrations, on the connection (and in the transaction) it is handed."""

from alembic import context

connection = context.config.attributes["connection"]
# Alembic would make this table itself, but not a STRICT one
connection.exec_driver_sql(
    "CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID, STRICT"
)
context.configure(connection=connection)
context.run_migrations()

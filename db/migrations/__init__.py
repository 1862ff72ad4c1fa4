"""How the tables came to be, step by step. Run by `db.engine.migrate`, never from a command line."""

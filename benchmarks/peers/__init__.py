"""The peers: others' ways to the same allocation, each a process of its own that answers one `question.Question`."""

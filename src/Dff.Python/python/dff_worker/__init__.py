"""The Python side of the engine: a zygote that forks worker processes, and what runs in them. Standard library only."""

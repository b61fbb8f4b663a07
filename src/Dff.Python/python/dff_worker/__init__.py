"""The Python side of Dff's engine: a zygote that forks workers, which run user functions. See docs/python-engine.md."""

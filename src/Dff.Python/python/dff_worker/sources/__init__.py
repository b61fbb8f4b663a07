"""Data sources: what `DFF.SRC` gives to user code. The drivers' libraries are imported when a data source of their type is first asked for."""

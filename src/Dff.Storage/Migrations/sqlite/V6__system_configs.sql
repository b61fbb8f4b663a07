-- What administrators change while the system runs, by ID. The value is text; what it means is the matter of whoever reads it.

CREATE TABLE system_config (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  value TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

-- Batches: public URLs that queue calls of one function. What they queued are tasks, which are listed and counted by where they come from.

CREATE TABLE batch (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  funcId TEXT NOT NULL,
  funcCallKwargsJSON TEXT NOT NULL,
  tagsJSON TEXT,
  origin TEXT NOT NULL,
  showInDoc INTEGER NOT NULL,
  isDisabled INTEGER NOT NULL,
  taskRecordLimit INTEGER,
  note TEXT,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL,
  grainVersion INTEGER NOT NULL);

CREATE INDEX IX_batch_func ON batch (funcId, seq);

DROP INDEX IX_task_origin;

CREATE INDEX IX_task_origin ON task (origin, seq);

CREATE INDEX IX_task_owner ON task (origin, originId, seq);

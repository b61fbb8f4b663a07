-- What published functions printed and how they failed, and which routes of the API were slow.

CREATE TABLE script_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  taskId TEXT,
  funcId TEXT NOT NULL,
  scriptPublishVersion INTEGER NOT NULL,
  execMode TEXT NOT NULL,
  messageTEXT TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE INDEX IX_script_log_func ON script_log (funcId, seq);

CREATE INDEX IX_script_log_task ON script_log (taskId);

CREATE TABLE script_failure (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  taskId TEXT,
  funcId TEXT NOT NULL,
  scriptPublishVersion INTEGER NOT NULL,
  execMode TEXT NOT NULL,
  einfoTEXT TEXT NOT NULL,
  exception TEXT,
  traceInfoJSON TEXT,
  note TEXT,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE INDEX IX_script_failure_func ON script_failure (funcId, seq);

CREATE INDEX IX_script_failure_task ON script_failure (taskId);

CREATE TABLE slow_api_count (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  reqMethod TEXT NOT NULL,
  reqRoute TEXT NOT NULL,
  slowCount INTEGER NOT NULL,
  totalCost INTEGER NOT NULL,
  maxCost INTEGER NOT NULL,
  latestCost INTEGER NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

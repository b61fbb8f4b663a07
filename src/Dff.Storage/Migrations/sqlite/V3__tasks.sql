-- The durable task queue. A task is one row from its acceptance to its end; what it answered and logged are rows of their own, so that lists stay light. chainJSON tells how functions started one another; null for a call from outside.

CREATE TABLE task_queue (
  queue INTEGER NOT NULL PRIMARY KEY,
  epoch INTEGER NOT NULL,
  isPaused INTEGER NOT NULL);

CREATE TABLE task (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  queue INTEGER NOT NULL,
  status TEXT NOT NULL,
  priority INTEGER NOT NULL,
  dueTime INTEGER NOT NULL,
  expireSeconds INTEGER,
  funcId TEXT NOT NULL,
  scriptPublishVersion INTEGER,
  origin TEXT NOT NULL,
  originId TEXT,
  execMode TEXT NOT NULL,
  kwargsJSON TEXT NOT NULL,
  httpRequestJSON TEXT,
  chainJSON TEXT,
  returnForms INTEGER NOT NULL,
  timeoutSeconds INTEGER NOT NULL,
  saveResult INTEGER NOT NULL,
  maxAttempts INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  retryDelaySeconds INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  losses INTEGER NOT NULL,
  handBacks INTEGER NOT NULL,
  silo TEXT,
  queueTime INTEGER NOT NULL,
  startTime INTEGER,
  endTime INTEGER,
  errorType TEXT,
  einfoTEXT TEXT);

CREATE INDEX IX_task_waiting ON task (queue, status, priority, dueTime, seq);

CREATE INDEX IX_task_func ON task (funcId, seq);

CREATE INDEX IX_task_origin ON task (originId, seq);

CREATE TABLE task_result (
  id TEXT NOT NULL PRIMARY KEY,
  queue INTEGER NOT NULL,
  raw BLOB,
  repr BLOB,
  jsonDumps BLOB,
  expireTime INTEGER);

CREATE INDEX IX_task_result_expiry ON task_result (queue, expireTime);

CREATE TABLE task_log (
  id TEXT NOT NULL PRIMARY KEY,
  logMessageTEXT TEXT,
  stackTEXT TEXT,
  traceInfoJSON TEXT);

CREATE TABLE task_key (
  queue INTEGER NOT NULL,
  idempotencyKey TEXT NOT NULL,
  taskId TEXT NOT NULL,
  contentHash TEXT NOT NULL,
  expireTime INTEGER NOT NULL,
  PRIMARY KEY (queue, idempotencyKey));

CREATE INDEX IX_task_key_expiry ON task_key (queue, expireTime);

-- The durable task queue. A task is one row from its acceptance to its end; what it answered and logged are rows of their own, so that lists stay light. chainJSON tells how functions started one another; null for a call from outside.

CREATE TABLE task_queue (
  queue INT NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL,
  isPaused TINYINT(1) NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE task (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  queue INT NOT NULL,
  status VARCHAR(16) NOT NULL,
  priority INT NOT NULL,
  dueTime BIGINT NOT NULL,
  expireSeconds INT,
  funcId VARCHAR(256) NOT NULL,
  scriptPublishVersion INT,
  origin VARCHAR(64) NOT NULL,
  originId VARCHAR(64),
  execMode VARCHAR(16) NOT NULL,
  kwargsJSON LONGTEXT NOT NULL,
  httpRequestJSON LONGTEXT,
  chainJSON LONGTEXT,
  returnForms INT NOT NULL,
  timeoutSeconds INT NOT NULL,
  saveResult TINYINT(1) NOT NULL,
  maxAttempts INT NOT NULL,
  retries INT NOT NULL,
  retryDelaySeconds INT NOT NULL,
  attempt INT NOT NULL,
  losses INT NOT NULL,
  handBacks INT NOT NULL,
  silo VARCHAR(128),
  queueTime BIGINT NOT NULL,
  startTime BIGINT,
  endTime BIGINT,
  errorType VARCHAR(256),
  einfoTEXT TEXT,
  INDEX IX_task_waiting (queue, status, priority, dueTime, seq),
  INDEX IX_task_func (funcId, seq),
  INDEX IX_task_origin (originId, seq)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE task_result (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  queue INT NOT NULL,
  raw LONGBLOB,
  repr LONGBLOB,
  jsonDumps LONGBLOB,
  expireTime BIGINT,
  INDEX IX_task_result_expiry (queue, expireTime)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE task_log (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  logMessageTEXT LONGTEXT,
  stackTEXT LONGTEXT,
  traceInfoJSON LONGTEXT) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE task_key (
  queue INT NOT NULL,
  idempotencyKey VARCHAR(256) NOT NULL,
  taskId VARCHAR(64) NOT NULL,
  contentHash VARCHAR(64) NOT NULL,
  expireTime BIGINT NOT NULL,
  PRIMARY KEY (queue, idempotencyKey),
  INDEX IX_task_key_expiry (queue, expireTime)) CHARACTER SET utf8mb4 COLLATE ${bin};

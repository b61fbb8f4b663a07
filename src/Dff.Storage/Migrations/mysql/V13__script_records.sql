-- What published functions printed and how they failed, and which routes of the API were slow.

CREATE TABLE script_log (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  taskId VARCHAR(64),
  funcId VARCHAR(256) NOT NULL,
  scriptPublishVersion INT NOT NULL,
  execMode VARCHAR(16) NOT NULL,
  messageTEXT LONGTEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  INDEX IX_script_log_func (funcId, seq),
  INDEX IX_script_log_task (taskId)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE script_failure (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  taskId VARCHAR(64),
  funcId VARCHAR(256) NOT NULL,
  scriptPublishVersion INT NOT NULL,
  execMode VARCHAR(16) NOT NULL,
  einfoTEXT LONGTEXT NOT NULL,
  exception VARCHAR(256),
  traceInfoJSON LONGTEXT,
  note TEXT,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  INDEX IX_script_failure_func (funcId, seq),
  INDEX IX_script_failure_task (taskId)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE slow_api_count (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  reqMethod VARCHAR(16) NOT NULL,
  reqRoute VARCHAR(256) NOT NULL,
  slowCount BIGINT NOT NULL,
  totalCost BIGINT NOT NULL,
  maxCost BIGINT NOT NULL,
  latestCost BIGINT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

-- Crontab configs: their list rows, what has become of their scheduled moments, and which task ran which moment.

CREATE TABLE crontab_config (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  funcId VARCHAR(256) NOT NULL,
  funcCallKwargsJSON LONGTEXT NOT NULL,
  crontab VARCHAR(256),
  fixedCrontab VARCHAR(256),
  timezone VARCHAR(64) NOT NULL,
  misfirePolicy VARCHAR(16) NOT NULL,
  misfireGraceSeconds INT NOT NULL,
  overlapPolicy VARCHAR(16) NOT NULL,
  tagsJSON TEXT,
  saveResult TINYINT(1) NOT NULL,
  scope VARCHAR(256) NOT NULL,
  configMD5 CHAR(32) NOT NULL,
  expireTime BIGINT,
  origin VARCHAR(64) NOT NULL,
  isDisabled TINYINT(1) NOT NULL,
  taskRecordLimit INT,
  note TEXT COLLATE ${ci},
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  grainVersion BIGINT NOT NULL,
  INDEX IX_crontab_func (funcId, seq)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE crontab_claim (
  scope VARCHAR(256) NOT NULL,
  configMD5 CHAR(32) NOT NULL,
  configId VARCHAR(64) NOT NULL,
  PRIMARY KEY (scope, configMD5)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE crontab_cursor (
  configId VARCHAR(64) NOT NULL PRIMARY KEY,
  moment BIGINT NOT NULL,
  lastRun BIGINT) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE crontab_skip (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  configId VARCHAR(64) NOT NULL,
  reason VARCHAR(16) NOT NULL,
  fromTime BIGINT NOT NULL,
  toTime BIGINT NOT NULL,
  skipCount BIGINT NOT NULL,
  INDEX IX_crontab_skip (configId, seq)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE crontab_run (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  triggerTime BIGINT NOT NULL,
  crontab VARCHAR(256) NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

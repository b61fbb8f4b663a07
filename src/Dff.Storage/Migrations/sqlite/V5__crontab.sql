-- Crontab configs: their list rows, what has become of their scheduled moments, and which task ran which moment.

CREATE TABLE crontab_config (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  funcId TEXT NOT NULL,
  funcCallKwargsJSON TEXT NOT NULL,
  crontab TEXT,
  fixedCrontab TEXT,
  timezone TEXT NOT NULL,
  misfirePolicy TEXT NOT NULL,
  misfireGraceSeconds INTEGER NOT NULL,
  overlapPolicy TEXT NOT NULL,
  tagsJSON TEXT,
  saveResult INTEGER NOT NULL,
  scope TEXT NOT NULL,
  configMD5 TEXT NOT NULL,
  expireTime INTEGER,
  origin TEXT NOT NULL,
  isDisabled INTEGER NOT NULL,
  taskRecordLimit INTEGER,
  note TEXT,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL,
  grainVersion INTEGER NOT NULL);

CREATE INDEX IX_crontab_func ON crontab_config (funcId, seq);

CREATE TABLE crontab_claim (
  scope TEXT NOT NULL,
  configMD5 TEXT NOT NULL,
  configId TEXT NOT NULL,
  PRIMARY KEY (scope, configMD5)) WITHOUT ROWID;

CREATE TABLE crontab_cursor (
  configId TEXT NOT NULL PRIMARY KEY,
  moment INTEGER NOT NULL,
  lastRun INTEGER) WITHOUT ROWID;

CREATE TABLE crontab_skip (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  configId TEXT NOT NULL,
  reason TEXT NOT NULL,
  fromTime INTEGER NOT NULL,
  toTime INTEGER NOT NULL,
  skipCount INTEGER NOT NULL);

CREATE INDEX IX_crontab_skip ON crontab_skip (configId, seq);

CREATE TABLE crontab_run (
  id TEXT NOT NULL PRIMARY KEY,
  triggerTime INTEGER NOT NULL,
  crontab TEXT NOT NULL) WITHOUT ROWID;

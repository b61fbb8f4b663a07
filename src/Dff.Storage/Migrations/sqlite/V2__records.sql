-- Our own tables. Times are Unix milliseconds; IDs compare exactly, titles and notes without case. searchText is in lower case.

CREATE TABLE meta (
  metaKey TEXT NOT NULL PRIMARY KEY,
  metaValue TEXT NOT NULL);

CREATE TABLE change_counter (
  id INTEGER NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL);

CREATE TABLE change_log (
  seq INTEGER NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  entityKey TEXT NOT NULL,
  createTime INTEGER NOT NULL);

CREATE TABLE script_set (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT,
  description TEXT,
  requirements TEXT,
  isPinned INTEGER NOT NULL,
  lockedByUserId TEXT,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL,
  grainVersion INTEGER NOT NULL);

CREATE TABLE script (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  scriptSetId TEXT NOT NULL,
  title TEXT,
  description TEXT,
  publishVersion INTEGER NOT NULL,
  type TEXT NOT NULL,
  codeMD5 TEXT,
  codeDraftMD5 TEXT,
  lockedByUserId TEXT,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL,
  grainVersion INTEGER NOT NULL);

CREATE INDEX IX_script_set ON script (scriptSetId, seq);

CREATE TABLE script_code (
  id TEXT NOT NULL PRIMARY KEY,
  code TEXT,
  codeDraft TEXT NOT NULL);

CREATE TABLE func (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  scriptSetId TEXT NOT NULL,
  scriptId TEXT NOT NULL,
  name TEXT NOT NULL,
  title TEXT,
  description TEXT,
  definition TEXT NOT NULL,
  argsJSON TEXT,
  kwargsJSON TEXT,
  extraConfigJSON TEXT,
  category TEXT NOT NULL,
  integration TEXT,
  tagsJSON TEXT,
  defOrder INTEGER NOT NULL,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE INDEX IX_func_script ON func (scriptId);

CREATE INDEX IX_func_set ON func (scriptSetId, seq);

CREATE TABLE script_publish_history (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  scriptId TEXT NOT NULL,
  scriptPublishVersion INTEGER NOT NULL,
  scriptCode_cache TEXT NOT NULL,
  note TEXT,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE UNIQUE INDEX IX_history_version ON script_publish_history (scriptId, scriptPublishVersion);

CREATE TABLE auth_link (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  funcId TEXT NOT NULL,
  funcCallKwargsJSON TEXT NOT NULL,
  expireTime INTEGER,
  throttlingJSON TEXT,
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

CREATE INDEX IX_link_func ON auth_link (funcId, seq);

CREATE TABLE env_variable (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT,
  description TEXT,
  valueTEXT TEXT NOT NULL,
  autoTypeCasting TEXT NOT NULL,
  isPinned INTEGER NOT NULL,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE TABLE dff_user (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  username TEXT COLLATE NOCASE NOT NULL UNIQUE,
  passwordHash TEXT,
  name TEXT,
  mobile TEXT,
  email TEXT,
  markers TEXT,
  roles TEXT,
  customPrivileges TEXT,
  isDisabled INTEGER NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE TABLE user_session (
  tokenHash TEXT NOT NULL PRIMARY KEY,
  userId TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  lastSeenTime INTEGER NOT NULL,
  expireTime INTEGER NOT NULL);

CREATE INDEX IX_session_user ON user_session (userId);

CREATE INDEX IX_session_expiry ON user_session (expireTime);

CREATE TABLE func_store (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  storeKey TEXT NOT NULL,
  valueJSON TEXT NOT NULL,
  expireAt INTEGER,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE UNIQUE INDEX IX_store_place ON func_store (scope, storeKey);

CREATE INDEX IX_store_expiry ON func_store (expireAt);

CREATE TABLE silo_owner (
  id INTEGER NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  token TEXT NOT NULL,
  renewTime INTEGER NOT NULL);

INSERT INTO change_counter (id, seq) VALUES (1, 0);

-- Changes of many records that are carried on after a crash, and how callers of auth links and batches prove who they are.

CREATE TABLE many_job (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  createTime INTEGER NOT NULL);

CREATE TABLE api_auth (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT,
  type TEXT NOT NULL,
  configJSON TEXT NOT NULL,
  note TEXT,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

ALTER TABLE auth_link ADD COLUMN apiAuthId TEXT;

CREATE INDEX IX_link_auth ON auth_link (apiAuthId);

ALTER TABLE batch ADD COLUMN apiAuthId TEXT;

CREATE INDEX IX_batch_auth ON batch (apiAuthId);

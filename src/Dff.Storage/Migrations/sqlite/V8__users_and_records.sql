-- What users see of their sessions, access keys with the nonces they have used, and records of what was changed.

ALTER TABLE user_session ADD COLUMN id TEXT;

ALTER TABLE user_session ADD COLUMN address TEXT;

ALTER TABLE user_session ADD COLUMN client TEXT;

UPDATE user_session SET id = SUBSTR(tokenHash, 1, 32);

CREATE UNIQUE INDEX IX_session_id ON user_session (id);

ALTER TABLE dff_user ADD COLUMN searchText TEXT NOT NULL DEFAULT '';

UPDATE dff_user SET searchText = LOWER(username);

CREATE TABLE access_key (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  userId TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  sealedSecret TEXT NOT NULL,
  webhookURL TEXT,
  webhookEvents TEXT,
  allowWebhookEcho INTEGER NOT NULL,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE INDEX IX_key_user ON access_key (userId);

CREATE TABLE access_key_nonce (
  nonceHash TEXT NOT NULL PRIMARY KEY,
  expireTime INTEGER NOT NULL) WITHOUT ROWID;

CREATE INDEX IX_nonce_expiry ON access_key_nonce (expireTime);

CREATE TABLE operation_record (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  userId TEXT,
  username TEXT COLLATE NOCASE,
  clientId TEXT,
  traceId TEXT,
  reqMethod TEXT NOT NULL,
  reqRoute TEXT NOT NULL,
  reqQueryJSON TEXT,
  reqParamsJSON TEXT,
  reqBodyJSON TEXT,
  reqFileInfoJSON TEXT,
  reqCost INTEGER NOT NULL,
  respStatusCode INTEGER NOT NULL,
  respBodyJSON TEXT,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE INDEX IX_operation_user ON operation_record (userId, seq);

CREATE INDEX IX_operation_time ON operation_record (createTime);

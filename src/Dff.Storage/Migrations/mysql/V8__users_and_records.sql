-- What users see of their sessions, access keys with the nonces they have used, and records of what was changed.

ALTER TABLE user_session ADD COLUMN id VARCHAR(64);

ALTER TABLE user_session ADD COLUMN address VARCHAR(64);

ALTER TABLE user_session ADD COLUMN client VARCHAR(256);

UPDATE user_session SET id = SUBSTR(tokenHash, 1, 32);

CREATE UNIQUE INDEX IX_session_id ON user_session (id);

ALTER TABLE dff_user ADD COLUMN searchText VARCHAR(512) NOT NULL DEFAULT '';

UPDATE dff_user SET searchText = LOWER(username);

CREATE TABLE access_key (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  userId VARCHAR(64) NOT NULL,
  name VARCHAR(256) COLLATE ${ci} NOT NULL,
  sealedSecret TEXT NOT NULL,
  webhookURL TEXT,
  webhookEvents TEXT,
  allowWebhookEcho TINYINT(1) NOT NULL,
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  INDEX IX_key_user (userId)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE access_key_nonce (
  nonceHash VARCHAR(64) NOT NULL PRIMARY KEY,
  expireTime BIGINT NOT NULL,
  INDEX IX_nonce_expiry (expireTime)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE operation_record (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  userId VARCHAR(64),
  username VARCHAR(128) COLLATE ${ci},
  clientId VARCHAR(128),
  traceId VARCHAR(128),
  reqMethod VARCHAR(64) NOT NULL,
  reqRoute VARCHAR(256) NOT NULL,
  reqQueryJSON LONGTEXT,
  reqParamsJSON LONGTEXT,
  reqBodyJSON LONGTEXT,
  reqFileInfoJSON LONGTEXT,
  reqCost BIGINT NOT NULL,
  respStatusCode INT NOT NULL,
  respBodyJSON LONGTEXT,
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  INDEX IX_operation_user (userId, seq),
  INDEX IX_operation_time (createTime)) CHARACTER SET utf8mb4 COLLATE ${bin};

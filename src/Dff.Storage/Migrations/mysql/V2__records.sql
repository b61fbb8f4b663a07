-- Our own tables. Times are Unix milliseconds; IDs compare exactly, titles and notes without case. searchText is in lower case.

CREATE TABLE meta (
  metaKey VARCHAR(64) NOT NULL PRIMARY KEY,
  metaValue TEXT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE change_counter (
  id INT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE change_log (
  seq BIGINT NOT NULL PRIMARY KEY,
  kind VARCHAR(64) NOT NULL,
  entityKey VARCHAR(256) NOT NULL,
  createTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE script_set (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  title VARCHAR(256) COLLATE ${ci},
  description TEXT COLLATE ${ci},
  requirements TEXT,
  isPinned TINYINT(1) NOT NULL,
  lockedByUserId VARCHAR(64),
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  grainVersion BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE script (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(128) NOT NULL UNIQUE,
  scriptSetId VARCHAR(64) NOT NULL,
  title VARCHAR(256) COLLATE ${ci},
  description TEXT COLLATE ${ci},
  publishVersion INT NOT NULL,
  type VARCHAR(64) NOT NULL,
  codeMD5 VARCHAR(32),
  codeDraftMD5 VARCHAR(32),
  lockedByUserId VARCHAR(64),
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  grainVersion BIGINT NOT NULL,
  INDEX IX_script_set (scriptSetId, seq)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE script_code (
  id VARCHAR(128) NOT NULL PRIMARY KEY,
  code LONGTEXT,
  codeDraft LONGTEXT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE func (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(256) NOT NULL UNIQUE,
  scriptSetId VARCHAR(64) NOT NULL,
  scriptId VARCHAR(128) NOT NULL,
  name VARCHAR(128) NOT NULL,
  title VARCHAR(256) COLLATE ${ci},
  description TEXT COLLATE ${ci},
  definition TEXT NOT NULL,
  argsJSON LONGTEXT,
  kwargsJSON LONGTEXT,
  extraConfigJSON LONGTEXT,
  category VARCHAR(64) NOT NULL,
  integration VARCHAR(64),
  tagsJSON TEXT,
  defOrder INT NOT NULL,
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  INDEX IX_func_script (scriptId),
  INDEX IX_func_set (scriptSetId, seq)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE script_publish_history (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  scriptId VARCHAR(128) NOT NULL,
  scriptPublishVersion INT NOT NULL,
  scriptCode_cache LONGTEXT NOT NULL,
  note TEXT COLLATE ${ci},
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  UNIQUE INDEX IX_history_version (scriptId, scriptPublishVersion)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE auth_link (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  funcId VARCHAR(256) NOT NULL,
  funcCallKwargsJSON LONGTEXT NOT NULL,
  expireTime BIGINT,
  throttlingJSON TEXT,
  tagsJSON TEXT,
  origin VARCHAR(64) NOT NULL,
  showInDoc TINYINT(1) NOT NULL,
  isDisabled TINYINT(1) NOT NULL,
  taskRecordLimit INT,
  note TEXT COLLATE ${ci},
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  grainVersion BIGINT NOT NULL,
  INDEX IX_link_func (funcId, seq)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE env_variable (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  title VARCHAR(256) COLLATE ${ci},
  description TEXT COLLATE ${ci},
  valueTEXT LONGTEXT NOT NULL,
  autoTypeCasting VARCHAR(64) NOT NULL,
  isPinned TINYINT(1) NOT NULL,
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE dff_user (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  username VARCHAR(64) COLLATE ${ci} NOT NULL UNIQUE,
  passwordHash TEXT,
  name VARCHAR(256) COLLATE ${ci},
  mobile VARCHAR(64),
  email VARCHAR(256),
  markers TEXT,
  roles TEXT,
  customPrivileges TEXT,
  isDisabled TINYINT(1) NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE user_session (
  tokenHash VARCHAR(64) NOT NULL PRIMARY KEY,
  userId VARCHAR(64) NOT NULL,
  createTime BIGINT NOT NULL,
  lastSeenTime BIGINT NOT NULL,
  expireTime BIGINT NOT NULL,
  INDEX IX_session_user (userId),
  INDEX IX_session_expiry (expireTime)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE func_store (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  scope VARCHAR(256) NOT NULL,
  storeKey VARCHAR(256) NOT NULL,
  valueJSON LONGTEXT NOT NULL,
  expireAt BIGINT,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL,
  UNIQUE INDEX IX_store_place (scope, storeKey),
  INDEX IX_store_expiry (expireAt)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE silo_owner (
  id INT NOT NULL PRIMARY KEY,
  owner VARCHAR(256) NOT NULL,
  token VARCHAR(64) NOT NULL,
  renewTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

INSERT INTO change_counter (id, seq) VALUES (1, 0);

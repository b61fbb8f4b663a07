-- Data sources. Their secrets are sealed as one JSON object; which ones there are stands beside it.

CREATE TABLE data_source (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  title VARCHAR(256) COLLATE ${ci},
  description TEXT COLLATE ${ci},
  type VARCHAR(64) NOT NULL,
  configJSON LONGTEXT NOT NULL,
  sealedSecrets LONGTEXT,
  secretFieldsJSON TEXT NOT NULL,
  configVersion VARCHAR(64) NOT NULL,
  isBuiltin TINYINT(1) NOT NULL,
  isPinned TINYINT(1) NOT NULL,
  searchText LONGTEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};
